import { describe, expect, it } from 'vitest';
import { releaseSchema, sha256 } from '../../contract/index.ts';
import { ownPlatform, providersFor, requirePlatform } from './platform.ts';

const artifact = { repository: 'p/x', digest: sha256('x'), mediaType: 'x/y', size: 1 };
const provider = (source: string, platform: string) => ({ source, version: '1.0.0', platform, artifact });
const release = (platforms: string[] | undefined, providers: ReturnType<typeof provider>[]) =>
  releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version: '1.0.0',
    ...(platforms === undefined ? {} : { platforms }),
    inputs: { schema: { type: 'object' } },
    components: [{ kind: 'terraform', name: 'store', module: artifact, providers }],
    permissions: [],
  });
const both = ['linux_amd64', 'linux_arm64'].map((platform) => provider('a/b/c', platform));

describe('the platform of a runner', () => {
  it.each([
    ['x64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
  ])('on %s is %s', (architecture, platform) => {
    expect(ownPlatform(architecture)).toBe(platform);
  });

  it('chooses its own build of each provider', () => {
    const [amd64, arm64] = both;
    expect(providersFor(both, 'linux/arm64')).toEqual([arm64]);
    expect(providersFor(both, 'linux/amd64')).toEqual([amd64]);
    expect(providersFor([], 'linux/arm64')).toEqual([]);
  });

  it.each([
    ['that has it', ['linux/amd64', 'linux/arm64'], both],
    ['that says nothing of platforms and has the providers', undefined, both],
    ['that has no providers', undefined, []],
  ])('accepts a release %s', (_, platforms, providers) => {
    expect(() => requirePlatform(release(platforms, providers), 'linux/arm64')).not.toThrow();
  });

  it.each([
    ['that is for others', ['linux/amd64'], both, /is for linux\/amd64; this runner is on linux\/arm64/],
    ['one of whose providers is not there', undefined, [...both, provider('a/b/d', 'linux_amd64')], /a\/b\/d 1\.0\.0/],
  ])('refuses a release %s', (_, platforms, providers, message) => {
    const refused = (): void => requirePlatform(release(platforms, providers), 'linux/arm64');
    expect(refused).toThrow(expect.objectContaining({ code: 'LF-RELEASE-014' }));
    expect(refused).toThrow(message);
  });
});
