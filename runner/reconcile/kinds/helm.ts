import type { HelmComponent } from '../../../contract/index.ts';
import { helmHealthParts } from '../../components/helm/health.ts';
import { describeDrift, observeDrift } from '../../components/helm/drift.ts';
import { helmObjects, observeHelm, refsOf } from '../../components/helm/observe.ts';
import { helmRecords } from '../../components/helm/release-secrets.ts';
import { isJudged, lookAtHealth } from '../../health/index.ts';
import type { ComponentKind, Look } from '../component-kind.ts';
import { tellHealth } from '../settle/settle-health.ts';
import { type Facts, isFalse, isTrue } from '../told/status.ts';
import type { WatchTarget } from '../settle/watch-target.ts';
import { settleHelmComponent } from './settle-helm-component.ts';
import { helmIdOf, settleHelm } from './settle-helm.ts';

export const helmKind: ComponentKind<HelmComponent> = {
  settle: async (work, component) => {
    if (!component.suspend) return settleHelmComponent(work, component);
    const message = 'suspended by the release: it is looked at and never touched';
    await look(work, component, { Suspended: isTrue('Suspended', message) });
    return 'settled';
  },
  look: (at, component) => look(at, component, {}),
  remove: async ({ parts, status, definition, direction, signals }, { name, record, why }) => {
    parts.valuesFrom.delete(name);
    if (record.helm === null) return 'removed';
    status.component({ name, kind: 'helm' }, 'ShuttingDown', {}, record.version);
    const message = why ?? `${name} is not part of ${definition.key.version}`;
    const tell = (): void =>
      parts.events.event({ reason: 'HelmUninstall', component: name, severity: 'normal', message });
    await settleHelm(parts, record.helm, null, direction, tell, signals.stop);
    return 'removed';
  },
  watchTargets: ({ cache, valuesFrom }) => [
    ...[...valuesFrom.values()].flat(),
    ...[...cache].flatMap(([key, { objects }]): WatchTarget[] => {
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
  ],
  workloads: async ({ kubernetes, cache }, record, signal) =>
    record.helm === null ? [] : refsOf(await observeHelm(kubernetes, cache, record.helm, signal)),
};

/** How it is, without touching it. */
async function look(
  { parts, status, definition, signals }: Look,
  component: HelmComponent,
  besides: Facts,
): Promise<void> {
  const { version } = definition.key;
  const observed = await observeHelm(parts.kubernetes, parts.cache, helmIdOf(component), signals.stop, 'watched');
  if (observed.missing.length > 0 || observed.objects.length === 0) {
    const names = observed.missing.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
    const message = `missing and not put back while paused: ${names === '' ? 'its Helm release' : names}`;
    const facts = { Ready: isFalse('ObjectsMissing', message), Drifted: isTrue('ObjectsMissing', message), ...besides };
    status.component(component, besides.Suspended === undefined ? 'Error' : 'Unknown', facts, version);
    return;
  }
  const drifted = await observeDrift(parts.kubernetes, parts.drift, observed, component.drift, signals.stop);
  const drift =
    drifted.length === 0 ? {} : { Drifted: isTrue('ObjectsChanged', `changed by others: ${describeDrift(drifted)}`) };
  const health = await lookAtHealth(helmHealthParts(parts.kubernetes, component, observed), signals.stop);
  tellHealth(status, component, health, version, { ...drift, ...besides });
}
