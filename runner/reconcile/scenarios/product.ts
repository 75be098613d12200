import type { JsonObject } from '../../../contract/index.ts';
import type { FakeComponent } from '../../testing/index.ts';
import type { Wish } from './scenario.ts';

/** The product of the scenarios: a bucket by Terraform, a broker beside it, a gateway that needs both; settings and a migration where a row wants them. */
export const bucket = (more: object = {}, over: object = {}): FakeComponent => ({
  name: 'bucket',
  module: { outputs: { bucketName: 'events' }, ...more },
  outputs: ['bucketName'],
  ...over,
});

export const broker = (more: object = {}, over: object = {}): FakeComponent => ({
  name: 'broker',
  chart: { deployments: ['broker'], ...more },
  ...over,
});

export const gateway = (more: object = {}, over: object = {}): FakeComponent => ({
  name: 'gateway',
  dependsOn: ['bucket', 'broker'],
  chart: { deployments: ['gateway'], ...more },
  values: { bucket: '${components.bucket.outputs.bucketName}' },
  ...over,
});

export const chart = (name: string, more: object = {}, over: object = {}): FakeComponent => ({
  name,
  chart: { deployments: [name], ...more },
  ...over,
});

/** `more`: names of further ConfigMaps with the same data. */
export const settings = (data: Record<string, string>, over: object = {}, ...more: string[]): FakeComponent => ({
  name: 'settings',
  objects: ['settings', ...more].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })),
  ...over,
});

export const migrate = (
  step: string,
  outcome: 'succeeds' | 'fails' | 'hangs' = 'succeeds',
  over: object = {},
): FakeComponent => {
  const job: JsonObject = {
    metadata: { annotations: { 'test/outcome': outcome } },
    spec: { containers: [{ name: 'm', image: 'shop.example/migrate:1', args: [step] }] },
  };
  return { name: 'migrate', job, ...over };
};

export const wish = (version: string, ...components: FakeComponent[]): Wish => ({ version, components });
export const usual = [bucket(), broker(), gateway()];
export const v1 = wish('1.0.0', ...usual);
/** Changes broker and gateway. */
export const v2 = wish(
  '1.1.0',
  bucket(),
  broker({ deployments: ['broker', 'broker2'] }),
  gateway({ deployments: ['gateway2'] }),
);
