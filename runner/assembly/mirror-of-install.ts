import type { Clock } from '../../contract/index.ts';
import type { AwsClients } from '../aws/index.ts';
import type { RunnerConfig } from '../config.ts';
import type { Connections } from '../network/connections.ts';
import type { Redactor } from '../egress/index.ts';
import type { HandOffSecret } from './hand-off-secret.ts';
import { readLogin } from './registry-login.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import {
  type VendorRegistries,
  createKeptReleases,
  createMirror,
  createMirrorRecord,
  createVendorRegistries,
  distributionRegistry,
  ecrRegistry,
  imagesInUse,
} from '../mirror/index.ts';
import type { Effects, EventSink, Mirror, Store } from '../ports.ts';

export type MirrorOfInstallOptions = {
  config: RunnerConfig;
  clock: Clock;
  connections: Connections;
  aws: AwsClients;
  kubernetes: Kubernetes;
  store: Store;
  effects: Effects;
  events: EventSink;
  redactor: Redactor;
  handOff: () => Promise<HandOffSecret>;
};

/** The registries of this install: the vendor's, which is read, and the customer's, which is filled. */
export function mirrorOfInstall(options: MirrorOfInstallOptions): { vendor: VendorRegistries; mirror: Mirror } {
  const { config, clock, connections, kubernetes, store } = options;
  const { concurrency, bytesPerSecond, platforms, referrers, keepReleases } = config.mirror;
  const vendor = createVendorRegistries({
    host: config.vendorRegistry.host,
    credentials: async () => (await options.handOff()).vendorRegistry,
    wayTo: (host) => connections.vendorRegistry(host),
    clock,
  });
  const { host, prefix, kind, kmsKeyArn, credentialsSecret } = config.registry;
  const way = connections.ownRegistry;
  const own =
    kind === 'ecr'
      ? ecrRegistry({
          ...{ host, prefix, clock, way, ecr: options.aws.ecr },
          ...(kmsKeyArn === '' ? {} : { kmsKeyArn }),
        })
      : distributionRegistry({
          ...{ host, prefix, clock, way },
          // Read at each login: another password needs no restart.
          credentials:
            credentialsSecret === ''
              ? undefined
              : () => readLogin(kubernetes, { namespace: config.namespace, name: credentialsSecret }, options.redactor),
        });
  const mirror = createMirror({
    ...{ vendor, own, clock, keepReleases },
    ...{ effects: options.effects, events: options.events },
    record: createMirrorRecord(store),
    kept: createKeptReleases(store),
    copy: {
      ...{ platforms, referrers },
      ...(concurrency === 0 ? {} : { concurrency }),
      ...(bytesPerSecond === 0 ? {} : { bytesPerSecond }),
    },
    inUse: (signal) => imagesInUse(kubernetes, `${host}/${prefix}/`, signal),
  });
  return { vendor, mirror };
}
