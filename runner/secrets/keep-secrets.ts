import {
  type AwsSecretReference,
  type Clock,
  describeError,
  LandfallError,
  type SecretReference,
  secretPlaceOf,
} from '../../contract/index.ts';
import { ensureNamespace, type NamespaceParts } from '../components/ensure-namespace.ts';
import type { EventSink } from '../ports.ts';
import { isFrom, isKept, keptSecret, keptVersion } from './kept-secret.ts';
import { removeUnwanted } from './remove-unwanted.ts';
import type { SecretStore } from './secret-store.ts';
import { createTroubles, type Troubles } from './troubles.ts';

export type StoredInput = { input: string; reference: AwsSecretReference };

export type WantedSecrets = {
  /** Of the release on its way and of the one in force; an input may be there twice, with another reference. */
  inputs: readonly StoredInput[];
  /** In which a component of these releases is: values are copied nowhere else, whatever a reference says. */
  namespaces: ReadonlySet<string>;
};

export type KeptSecretsOptions = NamespaceParts & {
  /** The id of the install. */
  install: string;
  store: SecretStore;
  clock: Clock;
  events: EventSink;
  wanted: (signal: AbortSignal) => Promise<WantedSecrets>;
  /** An exact value that is held for a moment: never to appear in a log. */
  learn: (value: string) => void;
  /** How often the store is asked whether a value is another one. Null: never. */
  everyMs: number | null;
  onChange: () => void;
  /** For the twin of the test alone, in which a value is then copied wherever a reference says. Never in the product. */
  guards?: { readonly namespaces?: false } | undefined;
};

/** Secret inputs out of the customer's store, each kept as a Secret in the product's namespace. While the store is away, what is kept stays. */
export type KeptSecrets = {
  /** The Secret is there. The store is asked only when it is not, or is of another source. Throws LF-RUNNER-200 to 205. */
  ensure(
    input: string,
    reference: AwsSecretReference,
    namespaces: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Brings every other value into the cluster, until `stop`. */
  run(stop: AbortSignal): Promise<void>;
  troubles: Troubles;
};

export function createKeptSecrets(options: KeptSecretsOptions): KeptSecrets {
  const { kubernetes, effects, install, store, clock, events, guards = {} } = options;
  const troubles = createTroubles({ clock, events, title: store.title, onChange: options.onChange });

  const write = async ({ input, reference }: StoredInput, intent: string, signal: AbortSignal): Promise<void> => {
    const place = secretPlaceOf(input, reference);
    const stored = await store.read(reference.secretId, signal);
    const secret = keptSecret(place, reference, stored, install);
    options.learn(Buffer.from(stored.value).toString('utf8'));
    await ensureNamespace(options, place.namespace, input, signal);
    await effects.run('secret-keep', { target: `${place.namespace}/${place.name}`, intent }, (context) =>
      kubernetes.apply(secret, { fieldManager: 'landfall-runner', force: true, signal: context.signal }),
    );
  };

  const ensure: KeptSecrets['ensure'] = async (input, reference, namespaces, signal) => {
    const place = secretPlaceOf(input, reference);
    if (guards.namespaces !== false && !namespaces.has(place.namespace)) {
      const message = `the secret input ${input} is for the namespace ${place.namespace}, in which the release has nothing`;
      throw new LandfallError('LF-RUNNER-204', message);
    }
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: place.namespace, name: place.name };
    const found = await kubernetes.get(ref, { signal });
    if (found !== null && !isKept(found.metadata, install)) {
      const message = `the Secret ${place.namespace}/${place.name} is there and is not the runner's (input ${input})`;
      throw new LandfallError('LF-RUNNER-205', message, { temporary: true });
    }
    const holds = Object.hasOwn(Object(found?.['data'] ?? {}), place.key);
    if (found !== null && holds && isFrom(found.metadata, reference)) return;
    await troubles.around(input, () => write({ input, reference }, `as ${reference.secretId} is`, signal));
  };

  const renew = async (
    { input, reference }: StoredInput,
    version: string | null,
    signal: AbortSignal,
  ): Promise<void> => {
    const current = await store.versionOf(reference.secretId, signal);
    if (current === version) return;
    await write({ input, reference }, `version ${current} of ${reference.secretId}`, signal);
    const { namespace, name } = secretPlaceOf(input, reference);
    const message = `${reference.secretId} has another value; the Secret ${namespace}/${name} has it now (input ${input})`;
    events.event({ reason: 'SecretRenewed', component: null, severity: 'normal', message });
  };

  const lookAtAll = async (stop: AbortSignal): Promise<void> => {
    const { inputs, namespaces } = await options.wanted(stop);
    for (const each of inputs) {
      const { namespace, name } = secretPlaceOf(each.input, each.reference);
      if (!namespaces.has(namespace)) continue;
      const kept = await kubernetes.get(
        { apiVersion: 'v1', kind: 'Secret', namespace, name },
        { signal: stop, metadataOnly: true },
      );
      // What is not kept yet, or not yet of this source, is brought by the pass that needs it.
      if (kept === null || !isKept(kept.metadata, install) || !isFrom(kept.metadata, each.reference)) continue;
      try {
        await troubles.around(each.input, () => renew(each, keptVersion(kept.metadata), stop));
      } catch (error) {
        // Each is looked after for itself: what one cannot have keeps the others from nothing.
        if (stop.aborted) throw error;
      }
    }
    troubles.forget(new Set(inputs.map(({ input }) => input)));
    await removeUnwanted({ kubernetes, effects, install, events }, inputs, stop);
  };

  return {
    ensure,
    troubles,
    run: async (stop) => {
      while (options.everyMs !== null && !stop.aborted) {
        try {
          await lookAtAll(stop);
        } catch (error) {
          if (stop.aborted) return;
          events.log('warn', `the secrets were not looked after: ${describeError(error)}`);
        }
        await clock.sleep(options.everyMs, stop).catch(() => undefined);
      }
    },
  };
}

export function storedInputs(references: Readonly<Record<string, SecretReference>>): StoredInput[] {
  return Object.entries(references).flatMap(([input, reference]) =>
    reference.store === 'aws-secrets-manager' ? [{ input, reference }] : [],
  );
}
