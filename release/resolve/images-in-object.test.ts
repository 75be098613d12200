import { describe, expect, it } from 'vitest';
import type { Json } from '../../contract/index.ts';
import { imagesInObject } from './images-in-object.ts';

const pod = (spec: Json): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });

describe('imagesInObject', () => {
  it.each<[string, Json, string[]]>([
    [
      'containers of every sort',
      pod({
        initContainers: [{ name: 'i', image: 'i:1' }],
        containers: [{ name: 'c', image: 'c:1' }],
        ephemeralContainers: [{ name: 'e', image: 'e:1' }],
      }),
      ['i:1', 'c:1', 'e:1'],
    ],
    ['image volumes', pod({ volumes: [{ name: 'v', image: { reference: 'v:1' } }] }), ['v:1']],
    [
      'templates of workloads, however deep',
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: 'j:1' }] } } } } },
      },
      ['j:1'],
    ],
    [
      'custom resources',
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', spec: { image: 'p:1' } },
      ['p:1'],
    ],
    ['lists of objects', { apiVersion: 'v1', kind: 'List', items: [pod({ containers: [{ image: 'l:1' }] })] }, ['l:1']],
    ['nothing in a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', data: { image: 'no:1' } }, []],
    ['nothing in a built-in group', { apiVersion: 'storage.k8s.io/v1', kind: 'X', parameters: { image: 'no:1' } }, []],
  ])('finds %s', (_name, object, expected) => {
    expect(imagesInObject(object)).toEqual(expected);
  });
});
