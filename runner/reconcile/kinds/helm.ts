import { expressionsIn, type HelmComponent } from '../../../contract/index.ts';
import { desiredOf } from '../../components/desired.ts';
import { describeAction } from '../../components/helm/decide.ts';
import { helmHealthParts } from '../../components/helm/health.ts';
import { helmObjects, observeHelm, refsOf } from '../../components/helm/observe.ts';
import { helmRecords } from '../../components/helm/release-secrets.ts';
import { emptyRecord } from '../../components/record.ts';
import { isJudged, lookAtHealth } from '../../health/index.ts';
import type { ComponentKind, Settled, Work } from '../component-kind.ts';
import { requireSecrets, scopeOf } from '../definition.ts';
import { settleHealth, tellHealth } from '../settle-health.ts';
import { isFalse, isTrue } from '../status.ts';
import type { WatchTarget } from '../watch-target.ts';
import { helmIdOf, settleHelm } from './settle-helm.ts';

export const helmKind: ComponentKind<HelmComponent> = {
  settle: (work, component) => settle(work, component),
  look: async ({ parts, status, definition, signals }, component) => {
    const { version } = definition.key;
    const observed = await observeHelm(parts.kubernetes, parts.cache, helmIdOf(component), signals.stop, 'watched');
    if (observed.missing.length > 0 || observed.objects.length === 0) {
      const names = observed.missing.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
      const message = `missing and not put back while paused: ${names === '' ? 'its Helm release' : names}`;
      const facts = { Ready: isFalse('ObjectsMissing', message), Drifted: isTrue('ObjectsMissing', message) };
      status.component(component, 'Error', facts, version);
      return;
    }
    const health = await lookAtHealth(helmHealthParts(parts.kubernetes, component, observed), signals.stop);
    tellHealth(status, component, health, version);
  },
  remove: async ({ parts, status, definition, direction, signals }, { name, record }) => {
    if (record.helm === null) return 'removed';
    status.component({ name, kind: 'helm' }, 'ShuttingDown', {}, record.version);
    const message = `${name} is not part of ${definition.key.version}`;
    const tell = (): void =>
      parts.events.event({ reason: 'HelmUninstall', component: name, severity: 'normal', message });
    await settleHelm(parts, record.helm, null, direction, tell, signals.stop);
    return 'removed';
  },
  watchTargets: ({ cache }) =>
    [...cache].flatMap(([key, { objects }]): WatchTarget[] => {
      const secret = { apiVersion: 'v1', kind: 'Secret', namespace: key.split('/')[0], metadataOnly: true };
      return [
        { ...secret, labelSelector: helmRecords, watched: helmRecords },
        ...objects.map(({ apiVersion, kind, metadata }) => ({
          apiVersion,
          kind,
          namespace: metadata.namespace,
          labelSelector: helmObjects,
          watched: helmObjects,
          metadataOnly: !isJudged({ apiVersion, kind }),
        })),
      ];
    }),
  workloads: async ({ kubernetes, cache }, record, signal) =>
    record.helm === null ? [] : refsOf(await observeHelm(kubernetes, cache, record.helm, signal)),
};

async function settle(work: Work, component: HelmComponent, repairs = 0): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version } = definition.key;
  await requireSecrets(parts.kubernetes, component.name, expressionsIn(component.values), definition, signals.stop);
  const desired = desiredOf(component, scopeOf(definition, parts.install), parts.mirror);
  if (desired.kind !== 'helm') return 'settled';
  const id = helmIdOf(component);
  const document = memory.component(component.name);
  const before = (await document.read()) ?? emptyRecord('helm');
  // Before the first install: what is begun must be found again, or taking the release back would forget it.
  if (before.helm === null)
    await document.write({ ...before, helm: id, applying: desired.fingerprint }, 'an install begins');
  // What is in force stays, also where a newer policy does not want it any more.
  const allowedNamespaces = direction === 'forward' ? parts.policy.current().allowedNamespaces : undefined;
  const { observed } = await settleHelm(
    { ...parts, allowedNamespaces },
    id,
    desired,
    direction,
    (action) => {
      const message = describeAction(action);
      const state = action.kind === 'install' ? 'Unknown' : 'Provisioned';
      const drifted =
        action.kind === 'repair' ? { Drifted: isTrue('ObjectsMissing', 'objects were deleted and are put back') } : {};
      const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('Applying', message), ...drifted };
      status.component(component, state, facts, version);
      parts.events.event({ reason: eventReason(action.kind), component: component.name, severity: 'normal', message });
    },
    signals.stop,
  );
  const record = { ...before, kind: 'helm' as const, version, fingerprint: desired.fingerprint, applying: null };
  await document.write({ ...record, helm: id }, 'applied');

  const settled = await settleHealth(work, component, helmHealthParts(parts.kubernetes, component, observed), repairs);
  return settled === 'missing' ? settle(work, component, repairs + 1) : settled;
}

function eventReason(kind: string): string {
  return `Helm${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
