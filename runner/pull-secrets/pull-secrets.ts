import * as z from 'zod';
import { LandfallError, describeError, sha256 } from '../../contract/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';

/** What the copies are called, in every namespace of the product. */
export const pullSecretName = 'landfall-pull';

const type = 'kubernetes.io/dockerconfigjson';
const copyLabel = 'landfall.dev/pull-secret';
/** Of the source's data: a copy is compared without reading it. */
const digestAnnotation = 'landfall.dev/pull-secret-digest';
const fieldManager = 'landfall-runner';

export type PullSecretsOptions = {
  kubernetes: Kubernetes;
  effects: Effects;
  /** The customer's Secret, of type kubernetes.io/dockerconfigjson. */
  source: { namespace: string; name: string };
  /** Where the product is: a label alone, which anybody may write in a namespace of theirs, brings nobody the Secret. */
  namespaces: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  onTrouble: (message: string) => void;
};

/** The Secret with which nodes pull from the customer's registry, where they cannot by themselves: kept as a copy in the product's namespaces. */
export type PullSecrets = {
  /** The copy is there and as the source is now. Nothing is written where it is. LF-RUNNER-081 (temporary) while the source is no such Secret. */
  ensureIn(namespace: string, signal: AbortSignal): Promise<void>;
  /** Brings each change of the source into every copy, until `stop`. */
  run(stop: AbortSignal): Promise<void>;
};

const sourceSchema = z.looseObject({
  type: z.literal(type),
  data: z.looseObject({ '.dockerconfigjson': z.base64().min(1) }),
});

export function createPullSecrets({
  kubernetes,
  effects,
  source,
  namespaces,
  onTrouble,
}: PullSecretsOptions): PullSecrets {
  const secret = { apiVersion: 'v1', kind: 'Secret' };

  const ensureIn: PullSecrets['ensureIn'] = async (namespace, signal) => {
    const found = await kubernetes.get({ ...secret, ...source }, { signal });
    const parsed = sourceSchema.safeParse(found);
    if (!parsed.success) {
      const why = found === null ? 'does not exist' : `is not of type ${type} with .dockerconfigjson`;
      throw new LandfallError('LF-RUNNER-081', `the Secret ${source.namespace}/${source.name} ${why}`, {
        temporary: true,
      });
    }
    const data = { '.dockerconfigjson': parsed.data.data['.dockerconfigjson'] };
    const digest = sha256(data['.dockerconfigjson']);
    const ref = { ...secret, namespace, name: pullSecretName };
    const copy = await kubernetes.get(ref, { signal, metadataOnly: true });
    if (copy?.metadata.annotations?.[digestAnnotation] === digest) return;
    const metadata = {
      name: pullSecretName,
      namespace,
      labels: { [copyLabel]: 'true', 'landfall.dev/managed': 'true' },
      annotations: { [digestAnnotation]: digest },
    };
    await effects.run(
      'pull-secret',
      { target: namespace, intent: `as ${source.namespace}/${source.name} is` },
      (context) =>
        kubernetes.apply({ ...secret, metadata, type, data }, { fieldManager, force: true, signal: context.signal }),
    );
  };

  const renewAll = async (stop: AbortSignal): Promise<void> => {
    const { items } = await kubernetes.list({
      ...secret,
      labelSelector: `${copyLabel}=true`,
      metadataOnly: true,
      signal: stop,
    });
    const ours = await namespaces(stop);
    for (const { metadata } of items) {
      const { namespace = '' } = metadata;
      if (ours.has(namespace)) await ensureIn(namespace, stop);
    }
  };

  return {
    ensureIn,
    run: async (stop) => {
      const fieldSelector = `metadata.name=${source.name}`;
      const watched = { ...secret, namespace: source.namespace, fieldSelector, metadataOnly: true };
      for await (const _ of kubernetes.observe(watched, stop)) {
        try {
          await renewAll(stop);
        } catch (error) {
          if (stop.aborted) return;
          // The next change, or the next install into a namespace, finds it again.
          onTrouble(`the pull secret was not brought everywhere: ${describeError(error)}`);
        }
      }
    },
  };
}
