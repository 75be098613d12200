import { LandfallError, type Release, type ReleaseProvider } from '../../contract/index.ts';

/** Where the engines run, as images write it: `linux/arm64`. The runner is a Linux image. */
export function ownPlatform(architecture: string = process.arch): `linux/${string}` {
  return `linux/${architecture === 'x64' ? 'amd64' : architecture}`;
}

/** Refuses a release that could not be applied from here, before anything of it is copied or touched (LF-RELEASE-014). */
export function requirePlatform(release: Release, own: `linux/${string}`): void {
  if (release.platforms !== undefined && !release.platforms.includes(own)) {
    const message = `${release.product} ${release.version} is for ${release.platforms.join(', ')}; this runner is on ${own}`;
    throw new LandfallError('LF-RELEASE-014', message);
  }
  for (const component of release.components) {
    if (component.kind === 'terraform') providersFor(component.providers, own);
  }
}

/** Of each provider the build for `own`; the others stay in the registry. */
export function providersFor(providers: readonly ReleaseProvider[], own: `linux/${string}`): ReleaseProvider[] {
  const here = providers.filter(({ platform }) => platform === own.replace('/', '_'));
  const lacking = providers.find(({ source }) => !here.some((each) => each.source === source));
  if (lacking === undefined) return here;
  const message = `the provider ${lacking.source} ${lacking.version} is in the release for ${lacking.platform} and not for ${own}`;
  throw new LandfallError('LF-RELEASE-014', message);
}
