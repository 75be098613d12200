import { helmHealthParts } from '../components/helm/health.ts';
import { observeHelm } from '../components/helm/observe.ts';
import { lookAtHealth } from '../health/index.ts';
import type { PassSignals } from '../ports.ts';
import type { LastGood, Memory } from './memory.ts';
import type { Parts } from './parts.ts';
import { helmIdOf } from './settle-helm.ts';
import { isFalse, isTrue, type StatusKeeper } from './status.ts';

type Look = { parts: Parts; memory: Memory; status: StatusKeeper; signals: PassSignals };

/** While the runner is paused: how everything is, without touching anything. */
export async function look({ parts, memory, status, signals }: Look, lastGood: LastGood): Promise<void> {
  const { version } = lastGood.key;
  for (const component of lastGood.release.components) {
    if (component.kind === 'terraform') {
      const record = await memory.component(component.name).read();
      status.component(
        component,
        'Running',
        { Ready: isTrue('Applied', 'its last plan is applied') },
        record?.version ?? null,
      );
      continue;
    }
    const observed = await observeHelm(parts.kubernetes, parts.cache, helmIdOf(component), signals.stop);
    if (observed.missing.length > 0 || observed.objects.length === 0) {
      const names = observed.missing.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
      const message = `missing and not put back while paused: ${names === '' ? 'its Helm release' : names}`;
      const facts = { Ready: isFalse('ObjectsMissing', message), Drifted: isTrue('ObjectsMissing', message) };
      status.component(component, 'Error', facts, version);
      continue;
    }
    const health = await lookAtHealth(helmHealthParts(parts.kubernetes, component, observed), signals.stop);
    if (health.state === 'healthy') {
      status.component(component, 'Running', { Ready: isTrue('Healthy', 'all of its workloads are ready') }, version);
    } else {
      const state = health.state === 'failed' ? 'Error' : 'Provisioned';
      status.component(component, state, { Ready: isFalse('Progressing', health.message) }, version);
    }
  }
}
