import * as z from 'zod';
import {
  type Clock,
  componentSchema,
  type Release,
  type SecretReference,
  secretReferenceSchema,
} from '../../contract/index.ts';
import type { AwsClients } from '../aws/index.ts';
import type { RunnerKey } from '../channel/runner-key.ts';
import type { RunnerConfig } from '../config.ts';
import type { Redactor } from '../egress/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { AcceptedState, Effects, EventSink, Store } from '../ports.ts';
import type { PullSecrets } from '../pull-secrets/index.ts';
import {
  awsSecretsManager,
  createKeptSecrets,
  createSecretMarks,
  type KeptSecrets,
  type SecretMarks,
  storedInputs,
} from '../secrets/index.ts';

const lastGoodSchema = z.object({
  release: z.object({ components: z.array(componentSchema) }),
  secrets: z.record(z.string(), secretReferenceSchema),
});

type Source = { components: Release['components']; references: Readonly<Record<string, SecretReference>> };

/** Secret inputs out of AWS Secrets Manager, of the release on its way and of the one in force. */
export function secretsOfInstall(options: {
  config: RunnerConfig;
  kubernetes: Kubernetes;
  effects: Effects;
  store: Store;
  clock: Clock;
  events: EventSink;
  aws: Pick<AwsClients, 'secrets'>;
  pullSecrets: PullSecrets | undefined;
  accepted: () => AcceptedState | null;
  redactor: Pick<Redactor, 'learn'>;
  key: Pick<RunnerKey, 'privateKey'>;
  onChange: () => void;
}): { keptSecrets: KeptSecrets; secretMarks: SecretMarks } {
  const { config, store, aws, accepted, redactor, key, ...rest } = options;
  const keptSecrets = createKeptSecrets({
    ...rest,
    install: config.install.id,
    store: awsSecretsManager(aws.secrets),
    learn: (value) => redactor.learn(value),
    everyMs: config.secrets === null ? null : config.secrets.everyMinutes * 60_000,
    wanted: async () => {
      const lastGood = (await store.get('last-good', lastGoodSchema))?.value;
      const now = accepted();
      const sources: Source[] = [
        ...(now === null ? [] : [{ components: now.release?.components ?? [], references: now.desired.secrets }]),
        ...(lastGood === undefined ? [] : [{ components: lastGood.release.components, references: lastGood.secrets }]),
      ];
      return {
        inputs: sources.flatMap(({ references }) => storedInputs(references)),
        namespaces: new Set(
          sources.flatMap(({ components }) =>
            components.flatMap((each) => (each.kind === 'terraform' ? [] : [each.namespace])),
          ),
        ),
      };
    },
  });
  return { keptSecrets, secretMarks: createSecretMarks(key.privateKey) };
}
