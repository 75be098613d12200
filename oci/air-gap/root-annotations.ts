import type { PlatformName } from '../copy/platform.ts';
import type { Descriptor } from '../manifest.ts';

/** image-spec, annotations.md: here the repository and tag that a root belongs under. */
export const refName = 'org.opencontainers.image.ref.name';
/** The platforms that were chosen of an index, between commas: its other children are not in the archive. */
const platformsName = 'dev.landfall.platforms';

export function rootAnnotations(name: string, platforms?: readonly PlatformName[]): Record<string, string> {
  return { [refName]: name, ...(platforms === undefined ? {} : { [platformsName]: platforms.join(',') }) };
}

export function platformsOf({ annotations }: Descriptor): readonly PlatformName[] | undefined {
  const names = annotations?.[platformsName]?.split(',');
  return names?.flatMap((each) => {
    const [os = '', ...rest] = each.split('/');
    return rest.length === 0 ? [] : [`${os}/${rest.join('/')}` as const];
  });
}

/** `shop/gateway` of `shop/gateway:1.0.0` */
export function repositoryOf(name: string): string {
  return name.replace(/:[^:/]*$/, '');
}
