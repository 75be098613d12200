import { writeFile } from 'node:fs/promises';
import {
  type Entity,
  type EntityList,
  entityListSchema,
  type EntityState,
  type EntityType,
  entityTypeSchema,
  type JsonObject,
  releaseSchema,
  sha256,
} from '../../contract/index.ts';
import { createEntityKeeper, createEntityRecords, type EntityKeeperOptions } from '../entities/index.ts';
import type { ComponentAccounts } from '../accounts/index.ts';
import type { KillAt } from '../effects/index.ts';
import { createMemory, type LastGood } from '../reconcile/memory/memory.ts';
import { freshParts } from '../reconcile/parts.ts';
import type { FakeInstall } from './fake-install.ts';

const contents = new Map<string, JsonObject[]>();

/** Objects as a release packs them. */
export function packed(objects: JsonObject[]): { repository: string; digest: string; mediaType: string; size: number } {
  const digest = sha256(JSON.stringify(objects));
  contents.set(digest, objects);
  return { repository: 'shop/entities', digest, mediaType: 'x/y', size: 1 };
}

/** What `packed` has packed. */
export const contentOf = (digest: string): JsonObject[] | undefined => contents.get(digest);

const image = 'shop.example/topic:1';
export const images = [
  { reference: image, artifact: { repository: 'shop/images/topic', digest: sha256(image), mediaType: 'x/y', size: 1 } },
];

export const jobTemplate = (args: string[], annotations: JsonObject = {}): JsonObject => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'job', image, args }] },
});

const streamObjects: JsonObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'stream-${entity.name}' },
    data: { topic: '${entity.spec.topic}', level: '${inputs.level}' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'stream-${entity.name}', annotations: { 'test/ready': '${entity.spec.ready}' } },
    spec: {
      replicas: '${entity.spec.replicas}',
      selector: { matchLabels: { app: 'stream-${entity.name}' } },
      template: {
        metadata: { labels: { app: 'stream-${entity.name}' } },
        spec: { containers: [{ name: 'app', image: 'shop.example/topic:1' }] },
      },
    },
  },
];

export const types: EntityType[] = [
  {
    name: 'dataConnectors',
    schema: { type: 'object', required: ['from'], properties: { from: { type: 'object' } } },
    components: [
      {
        kind: 'secret',
        name: 'secret',
        namespace: 'shop',
        secretName: 'connector-${entity.name}',
        from: { namespace: '${entity.spec.from.namespace}', name: '${entity.spec.from.name}' },
      },
    ],
  },
  {
    name: 'streams',
    dependsOn: ['dataConnectors'],
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['topic'],
      properties: {
        topic: { type: 'string' },
        ready: { type: 'string', default: 'true' },
        outcome: { type: 'string', default: 'succeeds' },
        undone: { type: 'string', default: 'succeeds' },
        replicas: { type: 'integer', default: 1 },
      },
    },
    components: [
      {
        kind: 'job',
        name: 'topic',
        namespace: 'shop',
        template: jobTemplate(['create', '${entity.spec.topic}'], { 'test/outcome': '${entity.spec.outcome}' }),
        images,
      },
      {
        kind: 'manifests',
        name: 'app',
        dependsOn: ['topic'],
        namespace: 'shop',
        manifests: packed(streamObjects),
        images,
      },
    ],
    cleanup: { namespace: 'shop', template: jobTemplate(['delete', '${entity.spec.topic}']), images },
  },
].map((type) => entityTypeSchema.parse(type));

/** As `types`, and what the topic's job has done is undone by another before its entity goes. */
export const undoingTypes: EntityType[] = types.map((type) => ({
  ...type,
  components: type.components.map((member) =>
    member.kind === 'job'
      ? {
          ...member,
          undo: {
            ...{ timeoutSeconds: 60, retries: 0, images },
            template: jobTemplate(['undo', '${entity.spec.topic}'], { 'test/outcome': '${entity.spec.undone}' }),
          },
        }
      : member,
  ),
}));

export const stream = (name: string, spec: JsonObject = {}, generation = 1): Entity => ({
  type: 'streams',
  name,
  generation,
  spec: { topic: name, ...spec },
});

export const connector = (name: string, from: JsonObject): Entity => ({
  type: 'dataConnectors',
  name,
  generation: 1,
  spec: { from },
});

let sequence = 0;
export function listOf(...entities: Entity[]): EntityList {
  sequence += 1;
  return entityListSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'EntityList',
    critical: ['entities'],
    install: 'acme',
    sequence,
    issuedAt: '2026-01-05T09:00:00.000Z',
    expiresAt: '2026-01-12T09:00:00.000Z',
    entities,
  });
}

export function lastGoodWith(
  entityTypes: readonly EntityType[],
  version = '1.0.0',
  inputs: JsonObject = { level: 'info' },
): LastGood {
  const component = { kind: 'job', name: 'nothing', namespace: 'shop', template: jobTemplate([]), images };
  const release = releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' } },
    components: [component],
    permissions: [],
    entityTypes,
  });
  const key = { version, digest: sha256(JSON.stringify(release)), inputsDigest: sha256(JSON.stringify(inputs)) };
  return { key, release, inputs, secrets: {}, outputs: {}, at: '2026-01-05T09:00:00.000Z' };
}

/** A runner's keeper of entities in a fake install; everything else of that runner stands still. */
export async function startEntities(
  install: FakeInstall,
  inForce: { now: LastGood | null },
  options: { killAt?: KillAt; guards?: EntityKeeperOptions['guards']; accounts?: ComponentAccounts } = {},
) {
  const runner = await install.startRunner(options.killAt === undefined ? {} : { killAt: options.killAt });
  const { store, effects, stop, journal } = runner;
  const events: string[] = [];
  const unused = (): never => {
    throw new Error('no Terraform here');
  };
  const parts = freshParts({
    ...{ store, effects, kubernetes: install.kubernetes, helm: install.helm, clock: install.clock },
    ...{ namespace: 'landfall-system', postRenderer: '', tofuIn: unused, workDir: install.workDir },
    ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
    mirror: {
      ...install.mirror,
      fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(contentOf(digest))),
    },
    policy: { current: () => install.policy.now },
    events: {
      event: ({ reason, message }) => void events.push(`${reason}: ${message}`),
      componentState: () => undefined,
      log: () => undefined,
    },
    install: install.facts,
    onStatus: () => undefined,
  });
  const changed: string[] = [];
  const keeper = createEntityKeeper({
    parts,
    memory: createMemory(store, effects),
    records: createEntityRecords(store, effects),
    inForce: async () => inForce.now,
    onState: (key) => void changed.push(key),
    ...(options.guards === undefined ? {} : { guards: options.guards }),
  });
  const ended = keeper.run(stop.signal);
  ended.catch(() => undefined);
  const state = (key: string): EntityState | undefined => keeper.states().get(key);
  return { keeper, ended, stop, journal, store, events, changed, state, parts };
}
