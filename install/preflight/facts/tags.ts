import type { Tags } from './facts.ts';

/** The tag that every resource of an install carries. */
export const installTag = 'landfall:install';

type AnyTag = { Key?: string | undefined; Value?: string | undefined };

export function tagsOf(tags: readonly AnyTag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function isOurs(tags: Tags | undefined, installId: string): boolean {
  return tags?.[installTag] === installId;
}
