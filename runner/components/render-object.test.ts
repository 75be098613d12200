import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/index.ts';
import { pullSecretName } from '../pull-secrets/index.ts';
import { renderObject } from './render-object.ts';

const mirrored = 'mirror.example/lf-acme/app@sha256:'.concat('a'.repeat(64));
const images = { 'shop.example/app:1': mirrored };
const workload = (more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', annotations: { on: 'on', at: '12:30', octal: '010', nothing: '~' } },
  spec: { replicas: 2, template: { spec: { containers: [{ name: 'c', image: 'shop.example/app:1' }], ...more } } },
});
const parts = { namespace: 'landfall-system' };

describe('an object that comes without Helm', () => {
  it('pulls from the mirror, and is otherwise what it was', () => {
    const expected = workload();
    const text = JSON.stringify(expected).replace('shop.example/app:1', mirrored);
    expect(renderObject(workload(), images, parts)).toEqual(JSON.parse(text));
  });

  it('names the pull secret where nodes need one, keeps its own, and no text becomes another type', () => {
    const own = workload({ imagePullSecrets: [{ name: 'own' }] });
    const rendered = renderObject(own, images, { ...parts, pullSecrets: {} });
    const spec = { imagePullSecrets: [{ name: pullSecretName }, { name: 'own' }] };
    const text = JSON.stringify(workload(spec)).replace('shop.example/app:1', mirrored);
    expect(rendered).toEqual(JSON.parse(text));
  });

  it('is refused with an image that the release does not pin, or in the namespace of the runner', () => {
    expect(() => renderObject(workload(), {}, parts)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-006' }));
    const there = { ...workload(), metadata: { name: 'web', namespace: 'landfall-system' } };
    expect(() => renderObject(there, images, parts)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-071' }));
  });
});
