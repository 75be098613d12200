import type { Dispatcher } from 'undici';
import type { Connect } from '../../oci/index.ts';
import { censusHosts } from '../../seal/index.ts';
import { awsHosts } from '../aws/index.ts';
import { type RunnerConfig, stateBucketOf } from '../config.ts';
import { type Dialer, type DialRule, type FetchOnly, type Fetched, bodyless, fetchOnly } from './dialer.ts';
import type { Ledger } from '../egress/index.ts';
import type { KubernetesConnection } from '../kubernetes/index.ts';

/** Every way out of this process. Bodies reach the vendor only through `gate`, which the egress gate alone is given. */
export type Connections = {
  apiServer: Dispatcher;
  gate: Dispatcher;
  /** The control plane, for requests without a body. */
  channel: Dispatcher;
  vendorRegistry(host: string): WayToRegistry;
  ownRegistry: WayToRegistry;
  aws: Dispatcher;
};

/** What a registry client needs of the dialer. */
export type WayToRegistry = {
  connect: Connect;
  lookup: Dialer['lookup'];
  onRequest?: FetchOnly;
};

export function connect(options: {
  config: RunnerConfig;
  kubernetes: KubernetesConnection;
  dialer: Dialer;
  ledger: Ledger;
}): Connections {
  const { config, dialer, ledger } = options;
  const controlPlane = { name: 'the control plane', hosts: [new URL(config.controlPlane.url).host] };
  const record = (kind: string) => (fetched: Fetched) => ledger.append({ kind, ...fetched, sha256: null, bytes: 0 });
  const own = config.registry;
  const ownRegistry = {
    name: "the customer's registry",
    hosts: [own.host, ...own.hosts, ...ecrLayerHosts(own.host)],
  };

  return {
    apiServer: dialer.to({
      name: 'the API server',
      hosts: [new URL(options.kubernetes.endpoint).host],
      caPem: options.kubernetes.caPem,
      watches: true,
      direct: true,
    }),
    gate: dialer.to({ ...controlPlane, caPem: config.controlPlane.caPem }),
    channel: bodyless(
      dialer.to({ ...controlPlane, caPem: config.controlPlane.caPem }),
      fetchOnly(controlPlane.name, record('channel-fetch')),
    ),
    vendorRegistry: (host) => {
      const pinned = host === config.vendorRegistry.host;
      const hosts = pinned ? [host, ...config.vendorRegistry.hosts] : [host];
      const name = `the vendor's registry ${host}`;
      const rule = { name, hosts, ...(pinned ? { caPem: config.vendorRegistry.caPem } : {}) };
      const onRequest = fetchOnly(name, record('registry-fetch'));
      return {
        connect: dialer.connect(rule),
        lookup: dialer.lookup,
        onRequest,
      };
    },
    ownRegistry: {
      connect: dialer.connect(ownRegistry),
      lookup: dialer.lookup,
    },
    aws: dialer.to(awsRule(config)),
  };
}

/** AWS as far as this install needs it, the census of the account included. */
export function awsRule(config: RunnerConfig): DialRule {
  const { region } = config.install;
  const { endpointUrl, podIdentity } = config.aws;
  const { bucket } = stateBucketOf(config);
  return {
    name: 'AWS',
    hosts: [
      ...awsHosts({ region, endpointUrl, credentialsUri: podIdentity.credentialsUri, bucket }),
      ...(config.seal === null || endpointUrl !== '' ? [] : censusHosts([region])),
    ],
  };
}

/** ECR answers a pull of a layer with a redirect into a bucket of its own region (ECR user guide, "Amazon ECR interface VPC endpoints"). */
function ecrLayerHosts(host: string): string[] {
  const region = /\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  return region === undefined ? [] : [`prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com`];
}
