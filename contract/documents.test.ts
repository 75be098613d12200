import { describe, expect, it } from 'vitest';
import {
  artifactsOf,
  imagesOf,
  componentSchema,
  criticalFeaturesOf,
  desiredStateSchema,
  limits,
  parseJson,
  parseValue,
  productFileSchema,
  releaseSchema,
  requireKnown,
  runnerPolicySchema,
  telemetryRecordSchema,
} from './index.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const desired = {
  apiVersion: 'landfall.dev/v1',
  kind: 'DesiredState',
  critical: [],
  install: 'acme-prod',
  sequence: 3,
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-08T00:00:00.000Z',
  release: {
    product: 'streaming',
    version: '1.0.0',
    registry: 'r.example:443',
    repository: 'streaming/release',
    digest,
  },
  inputs: { replicas: 2 },
  secrets: { token: { store: 'kubernetes', namespace: 'streaming', name: 'gateway-token', key: 'token' } },
  trace: 'ab'.repeat(16),
};

describe('documents that cross the wall', () => {
  it('ignores fields it does not know, so that a newer side can speak to it', () => {
    const newer = { ...desired, priority: 'high', release: { ...desired.release, mirrorHint: 'eu' } };
    expect(parseValue(newer, desiredStateSchema, 'it')).toEqual(desired);
  });

  it.each([
    ['another major version', { ...desired, apiVersion: 'landfall.dev/v2' }],
    ['another kind', { ...desired, kind: 'Release' }],
    ['a critical feature it does not know', { ...desired, critical: ['two-person-rule'] }],
  ])('refuses %s with a code', (_, document) => {
    expect(() => requireKnown(document, 'DesiredState', new Set(['other']))).toThrow(
      expect.objectContaining({ code: 'LF-CONTRACT-005' }),
    );
  });

  it('accepts a critical feature it knows', () => {
    expect(() => requireKnown({ ...desired, critical: ['x'] }, 'DesiredState', new Set(['x']))).not.toThrow();
  });

  it('is refused by a runner from before the kind of one of its components', () => {
    const job = { kind: 'job', name: 'migrate', namespace: 'shop', template: {}, images: [] };
    const critical = criticalFeaturesOf([parseValue(job, componentSchema, 'it')]);
    expect(critical).toEqual(['component-job']);
    const release = { apiVersion: 'landfall.dev/v1', kind: 'Release', critical };
    const before = new Set(['base-layer']);
    expect(() => requireKnown(release, 'Release', before)).toThrow(
      expect.objectContaining({ code: 'LF-CONTRACT-005' }),
    );
    expect(() => requireKnown(release, 'Release', new Set([...before, 'component-job']))).not.toThrow();
  });

  it('has no room for the value of a secret, only for where it lies', () => {
    const leaking = { ...desired, secrets: { token: { ...desired.secrets.token, value: 'hunter2' } } };
    expect(JSON.stringify(parseValue(leaking, desiredStateSchema, 'it'))).not.toContain('hunter2');
  });

  it.each([
    ['a sequence of 0', { sequence: 0 }],
    ['a fractional sequence', { sequence: 1.5 }],
    ['a local time', { expiresAt: '2026-01-08T00:00:00+02:00' }],
    ['a digest of another algorithm', { release: { ...desired.release, digest: `md5:${'a'.repeat(32)}` } }],
    ['a repository that climbs', { release: { ...desired.release, repository: '../other' } }],
    ['an install id that is no label', { install: 'Acme_Prod' }],
  ])('refuses a desired state with %s', (_, change) => {
    expect(() =>
      parseJson(JSON.stringify({ ...desired, ...change }), desiredStateSchema, 'it', limits.desiredState),
    ).toThrow(expect.objectContaining({ code: 'LF-CONTRACT-004' }));
  });

  it('names the path of a typo in a product file', () => {
    const file = {
      apiVersion: 'landfall.dev/v1',
      kind: 'Product',
      metadata: { name: 'streaming', title: 'Streaming' },
      components: [{ kind: 'helm', name: 'gateway', chart: './c', namespace: 'n', releaseName: 'r', dependOn: ['x'] }],
    };
    expect(() => parseValue(file, productFileSchema, 'landfall.yaml')).toThrow(/components\[0\].*dependOn/);
  });

  it('lists every artifact of a release once, and which of them nodes pull: those of entities and of their clean-up, too', () => {
    const artifact = (repository: string) => ({ repository, digest, mediaType: 'application/x', size: 1 });
    const helm = (name: string) => ({
      kind: 'helm',
      name,
      namespace: 'n',
      releaseName: name,
      chart: artifact(`p/charts/${name}`),
      chartVersion: '1.0.0',
      images: [{ reference: 'r.example/shared:1', artifact: artifact('p/images/shared') }],
    });
    const job = (name: string) => ({
      namespace: 'n',
      template: { spec: { containers: [] } },
      images: [{ reference: `r.example/${name}:1`, artifact: artifact(`p/images/${name}`) }],
    });
    const topic = {
      name: 'topic',
      schema: { type: 'object' },
      components: [{ kind: 'job', name: 'make', ...job('make') }],
      cleanup: job('clean'),
    };
    const release = releaseSchema.parse({
      apiVersion: 'landfall.dev/v1',
      kind: 'Release',
      product: 'p',
      title: 'P',
      version: '1.0.0',
      inputs: { schema: { type: 'object' } },
      components: [helm('a'), helm('b')],
      permissions: [],
      entityTypes: [topic],
    });
    const images = ['p/images/shared', 'p/images/make', 'p/images/clean'];
    expect(
      artifactsOf(release)
        .map((a) => a.repository)
        .toSorted(),
    ).toEqual(['p/charts/a', 'p/charts/b', ...images].toSorted());
    expect(imagesOf(release).map((a) => a.repository)).toEqual(images);
  });

  it('lets no telemetry of an unlisted type out', () => {
    expect(
      telemetryRecordSchema.safeParse({ type: 'dump', sequence: 1, at: desired.issuedAt, body: 'x' }).success,
    ).toBe(false);
  });

  it('reads an empty runner policy as: not paused, at any time', () => {
    expect(runnerPolicySchema.parse({})).toEqual({ paused: false, windows: [], freezes: [], upgrades: 'automatic' });
  });
});
