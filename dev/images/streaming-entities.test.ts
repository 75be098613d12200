import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { completer, type JsonObject } from '../../contract/index.ts';
import { parseProductFile } from '../../release/index.ts';

const file = new URL('../../examples/streaming/product/landfall.yaml', import.meta.url);
const { entityTypes } = parseProductFile(await readFile(file, 'utf8'), 'landfall.yaml');
const complete = (name: string, spec: JsonObject): JsonObject => {
  const type = entityTypes.find((each) => each.name === name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return completer(type.schema, 'spec')(spec);
};

describe('the entity types of examples/streaming', () => {
  it('are connectors, streams, batch jobs and exporters, each after what it needs', () => {
    expect(entityTypes.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ['dataConnectors', []],
      ['streams', ['dataConnectors']],
      ['batchJobs', ['streams']],
      ['batchExporters', ['streams']],
    ]);
  });

  it('make a stream of nothing but its name', () => {
    expect(complete('streams', {})).toEqual({
      where: { field: '', equals: '' },
      ...{ pick: '', connector: 'none', replicas: 1, keepSeconds: 86_400 },
    });
  });

  const bad: [string, JsonObject, string][] = [
    ['dataConnectors', {}, "spec: must have required property 'secret'"],
    ['dataConnectors', { secret: { namespace: 'customer' } }, "spec.secret: must have required property 'name'"],
    ['dataConnectors', { secret: { namespace: 'Customer', name: 'x' } }, 'spec.secret.namespace: must match pattern'],
    ['dataConnectors', { secret: { namespace: 'c', name: 'x' }, password: 'p' }, 'spec.password: unknown field'],
    ['streams', { replicas: 9 }, 'spec.replicas: must be <= 8'],
    ['streams', { replicas: '2' }, 'spec.replicas: must be integer'],
    ['streams', { keepSeconds: 1 }, 'spec.keepSeconds: must be >= 60'],
    ['streams', { where: { field: 'kind' } }, "spec.where: must have required property 'equals'"],
    ['streams', { pick: 'id,,amount' }, 'spec.pick: must match pattern'],
    ['streams', { pick: 'id, amount' }, 'spec.pick: must match pattern'],
    ['streams', { connector: '../other' }, 'spec.connector: must match pattern'],
    ['streams', { topic: 'orders' }, 'spec.topic: unknown field'],
    ['batchJobs', { stream: 'orders' }, "spec: must have required property 'countBy'"],
    ['batchJobs', { stream: '$(BROKER_ADDRESS)', countBy: 'kind' }, 'spec.stream: must match pattern'],
    ['batchExporters', {}, "spec: must have required property 'stream'"],
    ['batchExporters', { stream: 'orders', everySeconds: 0 }, 'spec.everySeconds: must be >= 1'],
  ];
  it.each(bad)('%s: %j is refused, and what is wrong is named', (name, spec, message) => {
    expect(() => complete(name, spec)).toThrow(message);
  });
});
