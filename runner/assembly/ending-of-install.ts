import { type Clock, LandfallError, type Report, describeError } from '../../contract/index.ts';
import type { AwsClients } from '../aws/index.ts';
import type { Backoff } from '../channel/index.ts';
import { type RunnerConfig, stateBucketOf } from '../config.ts';
import type { Connections } from '../network/connections.ts';
import { type Delivery, createDelivery } from './delivery.ts';
import { awsInstallRoleAccess, createEnding, presignedUrlProbe, s3StateAccess } from '../ending/index.ts';
import type { HandOffSecret } from './hand-off-secret.ts';
import type { Effects, EventSink, Store } from '../ports.ts';
import type { RunnerLogger } from '../telemetry/index.ts';

export type EndingTask = Delivery & { report(): Report['ending'] };

/** The ending as a task: tried on every pass and whenever the control plane answers, and again after a failure until it is done. */
export function endingOf(options: {
  config: RunnerConfig;
  clock: Clock;
  backoff: Backoff;
  identity: string;
  store: Store;
  effects: Effects;
  events: EventSink;
  connections: Connections;
  aws: AwsClients;
  log: RunnerLogger;
  handOff: () => Promise<HandOffSecret>;
  heard: () => boolean;
  onChange: () => void;
  stop: AbortSignal;
}): EndingTask {
  const { config, clock, aws, connections } = options;
  if (config.ending === null) {
    const nothing = (): void => undefined;
    return { changed: nothing, nudge: nothing, run: () => Promise.resolve(), report: () => null };
  }
  const { installRoleName: name, installRoleArn: arn } = config.ending;
  const ending = createEnding({
    roleName: name,
    access: awsInstallRoleAccess({
      eks: aws.eks,
      iam: aws.iam,
      cluster: config.install.cluster,
      installRole: { name, arn },
      endedPolicyArn: `${arn.split(':role/')[0]}:policy/${config.install.prefix}-ended`,
    }),
    state: s3StateAccess({ s3: aws.s3, bucket: stateBucketOf(config).bucket, holder: options.identity }),
    probe: async (signal) => {
      const { probeUrl } = await options.handOff();
      return presignedUrlProbe({ url: probeUrl, dispatcher: connections.aws, clock })(signal);
    },
    store: options.store,
    effects: options.effects,
    events: options.events,
    clock,
    missing: () => (options.heard() ? [] : ['a word from the control plane']),
    onChange: options.onChange,
    stop: options.stop,
  });
  const delivery = createDelivery({
    attempt: async () => {
      if (await ending.pass()) return false;
      const { message } = ending.report() ?? { message: 'it has not begun' };
      throw new LandfallError('LF-RUNNER-067', `the ending waits: ${message}`, { temporary: true });
    },
    clock,
    backoff: options.backoff,
    onTrouble: (error) => options.log.localOnly.info({ step: ending.report()?.step }, describeError(error)),
  });
  return { ...delivery, report: () => ending.report() };
}
