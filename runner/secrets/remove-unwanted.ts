import { type AwsSecretReference, keptSecretPrefix, secretPlaceOf } from '../../contract/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { Effects, EventSink } from '../ports.ts';
import { keptLabel } from './kept-secret.ts';

/** No value is left behind: a Secret that the runner keeps, and that neither the release on its way nor the one in force has an input for, goes. */
export async function removeUnwanted(
  parts: { kubernetes: Kubernetes; effects: Effects; install: string; events: EventSink },
  inputs: readonly { input: string; reference: AwsSecretReference }[],
  stop: AbortSignal,
): Promise<void> {
  const { kubernetes, effects, install, events } = parts;
  const places = inputs.map(({ input, reference }) => secretPlaceOf(input, reference));
  const wanted = new Set(places.map(({ namespace, name }) => `${namespace}/${name}`));
  const labelSelector = `${keptLabel}=${install}`;
  const secret = { apiVersion: 'v1', kind: 'Secret' };
  const { items } = await kubernetes.list({ ...secret, labelSelector, metadataOnly: true, signal: stop });
  for (const { metadata } of items) {
    const { namespace, name, uid } = metadata;
    const target = `${namespace}/${name}`;
    // A label is soon written on something else: only what has such a name was made here.
    if (wanted.has(target) || !name.startsWith(keptSecretPrefix)) continue;
    await effects.run('secret-remove', { target, intent: 'no input is kept there any more' }, (context) =>
      kubernetes.delete({ ...secret, namespace, name }, { uid, signal: context.signal }),
    );
    const message = `the Secret ${target} was removed: no secret input is kept there any more`;
    events.event({ reason: 'SecretRemoved', component: null, severity: 'normal', message });
  }
}
