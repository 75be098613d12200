import type { Platform } from '../manifest.ts';

/** `linux/amd64` or `linux/arm/v7` */
export type PlatformName = `${string}/${string}`;

/** Children without a platform (attestations, signatures) always come along. */
export function wantsPlatform(platform: Platform | undefined, wanted: readonly PlatformName[] | undefined): boolean {
  if (wanted === undefined || platform === undefined || platform.os === 'unknown') return true;
  const name = `${platform.os}/${platform.architecture}`;
  return wanted.some((each) => each === name || each === `${name}/${platform.variant ?? ''}`);
}
