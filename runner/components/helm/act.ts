import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../../contract/index.ts';
import { allowedNamespacesFlag, labelsFlag } from '../../post-render/config.ts';
import { ensureNamespace } from '../ensure-namespace.ts';
import { mayHoldCrds } from './chart-archive.ts';
import { bringCrds } from './crds.ts';
import { describeAction, type HelmAction } from './decide.ts';
import type { DesiredHelm } from './desired.ts';
import { helmFieldManager } from './drift.ts';
import { fetchChart } from './fetch-chart.ts';
import { helmCall, type HelmParts } from './parts.ts';
import { limitTries, pruneTries } from './prune-tries.ts';
import { recreateStuck } from './recreate.ts';
import { requireRecordSize } from './record-size.ts';
import { fingerprintLabel, type HelmId, markFailed } from './release-secrets.ts';

const uninstallTimeoutMs = 120_000;

/** Carries out one action and nothing else. */
export async function actHelm(
  parts: HelmParts,
  id: HelmId,
  desired: DesiredHelm | null,
  action: HelmAction,
  signal: AbortSignal,
): Promise<void> {
  const target = `${id.namespace}/${id.releaseName}`;
  const { effects, helm, kubernetes } = parts;
  const release = { name: id.releaseName, namespace: id.namespace };
  switch (action.kind) {
    case 'none':
      return;
    case 'install':
    case 'upgrade':
      if (desired !== null) await apply(parts, id, desired, action, signal);
      return;
    case 'repair': {
      const objects = [...action.missing, ...action.drifted.map(({ object }) => object)];
      await effects.run('helm-repair', { target, intent: describeAction(action) }, async (context) => {
        for (const object of objects) {
          await kubernetes.apply(object, { fieldManager: helmFieldManager, force: true, signal: context.signal });
        }
      });
      return;
    }
    case 'unlock':
      await effects.run('helm-unlock', { target, intent: action.why }, (context) =>
        markFailed(kubernetes, id, action.revision, context.signal),
      );
      return;
    case 'prune': {
      const left = await effects.run('helm-prune', { target, intent: describeAction(action) }, (context) =>
        pruneTries(kubernetes, id, action.tries, context.signal),
      );
      const message = `stays where a failed install has made it, since the component's account may not delete it: ${left.join(', ')}`;
      if (left.length > 0) parts.events.log('warn', message, { release: id.releaseName });
      return;
    }
    case 'rollback':
      await effects.run('helm-rollback', { target, intent: describeAction(action) }, (context) =>
        helm.rollback(
          { ...release, ...applyOptions(desired), revision: action.revision },
          helmCall(parts, id, context, desired?.secrets),
        ),
      );
      return;
    case 'uninstall':
      await effects.run('helm-uninstall', { target, intent: action.why }, (context) =>
        helm.uninstall(
          { ...release, timeoutMs: uninstallTimeoutMs, noHooks: id.hooks === false },
          helmCall(parts, id, context),
        ),
      );
  }
}

/** What an upgrade and a rollback have in common. */
function applyOptions(desired: DesiredHelm | null) {
  const { timeoutSeconds, health, hooks, historyLimit } = desired?.component ?? {};
  return {
    timeoutMs: (timeoutSeconds ?? health?.timeoutSeconds ?? 120) * 1000,
    serverSide: true,
    forceConflicts: true,
    noHooks: hooks === false,
    ...(historyLimit === undefined ? {} : { historyMax: historyLimit }),
  };
}

async function apply(
  parts: HelmParts,
  id: HelmId,
  desired: DesiredHelm,
  action: Extract<HelmAction, { kind: 'install' | 'upgrade' }>,
  signal: AbortSignal,
): Promise<void> {
  const { component } = desired;
  // Before anything is touched.
  const files = await requireRecordSize(parts, desired, signal);
  const chart = await fetchChart(parts, component, signal, { anew: true });
  const imageMap = join(parts.workDir, 'images', `${component.name}.json`);
  await mkdir(join(parts.workDir, 'images'), { recursive: true });
  await writeFile(imageMap, JSON.stringify(desired.images), { mode: 0o600 });
  if (component.crds !== 'skip' && mayHoldCrds(files)) await bringCrds(parts, desired, chart, signal);
  await ensureNamespace(parts, id.namespace, component.name, signal);
  const kind = action.kind === 'install' ? 'helm-install' : 'helm-upgrade';
  const again = action.kind === 'install' && action.again === true;
  const upgrade = (): Promise<void> =>
    parts.effects.run(kind, { target: `${id.namespace}/${id.releaseName}`, intent: action.why }, async (context) => {
      if (again) await limitTries(parts.kubernetes, id, component.historyLimit, context.signal);
      await parts.helm.upgradeInstall(
        {
          name: id.releaseName,
          namespace: id.namespace,
          chart,
          isNew: action.kind === 'install',
          ...(again ? { replace: true } : {}),
          values: [desired.values],
          labels: { [fingerprintLabel]: desired.fingerprint },
          postRenderer: { plugin: parts.postRenderer, args: [...postRendererArguments(parts, desired), imageMap] },
          skipCrds: true,
          takeOwnership: component.takeOwnership,
          ...applyOptions(desired),
        },
        helmCall(parts, id, context, desired.secrets),
      );
    });
  if (!component.force || (action.kind === 'install' && !again)) return upgrade();
  try {
    await upgrade();
  } catch (error) {
    if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-010') throw error;
    if (!(await recreateStuck(parts, component.name, id, signal))) throw error;
    await upgrade();
  }
}

function postRendererArguments({ allowedNamespaces }: HelmParts, { labels }: DesiredHelm): string[] {
  return [
    ...(allowedNamespaces === undefined ? [] : [`${allowedNamespacesFlag}${allowedNamespaces.join(',')}`]),
    ...(Object.keys(labels).length === 0 ? [] : [`${labelsFlag}${JSON.stringify(labels)}`]),
  ];
}
