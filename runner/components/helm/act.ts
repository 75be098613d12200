import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Helm } from '../../../engines/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import type { EffectContext, Effects, EventSink, Mirror } from '../../ports.ts';
import { allowedNamespacesFlag } from '../../post-render/config.ts';
import type { DesiredHelm } from '../desired.ts';
import { ensureNamespace, type NamespaceParts } from '../ensure-namespace.ts';
import { describeAction, type HelmAction } from './decide.ts';
import { fingerprintLabel, type HelmId, markFailed } from './release-secrets.ts';

export type HelmParts = NamespaceParts & {
  helm: Helm;
  /** Name of the post-renderer plugin that rewrites images (writePostRendererPlugin); it gets the path of the image map. */
  postRenderer: string;
  kubernetes: Kubernetes;
  effects: Effects;
  mirror: Mirror;
  events: EventSink;
  workDir: string;
  /** Patterns of namespaces that rendered objects may be in; absent: any. */
  allowedNamespaces?: readonly string[] | undefined;
};

const uninstallTimeoutMs = 120_000;
/** The name of Helm's own field manager: what the runner puts back stays Helm's. */
const helmFieldManager = 'helm';

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
  const timeoutMs = (desired?.component.health.timeoutSeconds ?? 120) * 1000;
  switch (action.kind) {
    case 'none':
      return;
    case 'install':
    case 'upgrade':
      if (desired !== null) await apply(parts, id, desired, action, signal);
      return;
    case 'repair': {
      await effects.run('helm-repair', { target, intent: describeAction(action) }, async (context) => {
        for (const object of action.missing) {
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
    case 'rollback':
      await effects.run('helm-rollback', { target, intent: describeAction(action) }, (context) =>
        helm.rollback(
          { ...release, revision: action.revision, timeoutMs, forceConflicts: true },
          call(parts, id, context),
        ),
      );
      return;
    case 'uninstall':
      await effects.run('helm-uninstall', { target, intent: action.why }, (context) =>
        helm.uninstall({ ...release, timeoutMs: uninstallTimeoutMs }, call(parts, id, context)),
      );
  }
}

async function apply(
  parts: HelmParts,
  id: HelmId,
  desired: DesiredHelm,
  action: { kind: 'install' | 'upgrade'; why: string },
  signal: AbortSignal,
): Promise<void> {
  const { effects, mirror, workDir } = parts;
  const { component } = desired;
  const chart = await fetchChart(mirror, component, workDir, signal);
  const imageMap = join(workDir, 'images', `${component.name}.json`);
  await mkdir(join(workDir, 'images'), { recursive: true });
  await writeFile(imageMap, JSON.stringify(desired.images), { mode: 0o600 });
  await ensureNamespace(parts, id.namespace, component.name, signal);
  const kind = action.kind === 'install' ? 'helm-install' : 'helm-upgrade';
  await effects.run(kind, { target: `${id.namespace}/${id.releaseName}`, intent: action.why }, (context) =>
    parts.helm.upgradeInstall(
      {
        name: id.releaseName,
        namespace: id.namespace,
        chart,
        values: [desired.values],
        labels: { [fingerprintLabel]: desired.fingerprint },
        postRenderer: { plugin: parts.postRenderer, args: [...policyArguments(parts), imageMap] },
        timeoutMs: component.health.timeoutSeconds * 1000,
        serverSide: true,
        forceConflicts: true,
      },
      call(parts, id, context),
    ),
  );
}

function policyArguments({ allowedNamespaces }: HelmParts): string[] {
  return allowedNamespaces === undefined ? [] : [`${allowedNamespacesFlag}${allowedNamespaces.join(',')}`];
}

function call(parts: HelmParts, id: HelmId, context: EffectContext) {
  const onLine = ({ text }: { text: string }): void => {
    if (text.trim() !== '') parts.events.log('info', text, { engine: 'helm', release: id.releaseName });
  };
  return { signal: context.signal, onSpawn: context.onSpawn, onLine };
}

/** By digest, so that what is there is what is wanted; written under another name first, of this component alone: others may want the same chart. */
async function fetchChart(
  mirror: Mirror,
  { name, chart: artifact }: DesiredHelm['component'],
  workDir: string,
  signal: AbortSignal,
): Promise<string> {
  const dir = join(workDir, 'charts');
  const path = join(dir, `${artifact.digest.replace(':', '-')}.tgz`);
  if (existsSync(path)) return path;
  await mkdir(dir, { recursive: true });
  const partial = `${path}.${name}.partial`;
  await rm(partial, { force: true });
  await mirror.fetchChart(artifact, partial, signal);
  await rename(partial, path);
  return path;
}
