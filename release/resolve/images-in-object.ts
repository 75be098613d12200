import type { Json, JsonObject } from '../../contract/index.ts';

/** Lists of these names hold containers in every built-in kind (PodSpec of core/v1), and in nearly all custom ones. */
const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);
const builtInGroups = new Set(['', 'apps', 'batch', 'policy', 'autoscaling', 'extensions']);

/**
 * Every image that a Kubernetes object names, once each, in order of appearance: containers of all sorts, image volumes, and in kinds
 * that are not built in (custom resources) every `image` that is a string. More than the runner's post-renderer rewrites, never less.
 */
export function imagesInObject(object: Json): string[] {
  const found = new Set<string>();
  walk(object, { custom: false, container: false }, found);
  return [...found];
}

type Place = { custom: boolean; container: boolean };

function walk(value: Json, place: Place, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, place, found);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const custom = groupOf(value) === undefined ? place.custom : isCustom(value);
  for (const [key, member] of Object.entries(value)) {
    if (key === 'image' && typeof member === 'string' && member !== '' && (place.container || custom))
      found.add(member);
    const volume = key === 'image' ? imageVolume(member) : undefined;
    if (volume !== undefined) found.add(volume);
    walk(member, { custom, container: containerLists.has(key) }, found);
  }
}

/** The API group of something that is a Kubernetes object itself, else undefined. */
function groupOf(value: JsonObject): string | undefined {
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Kubernetes' own groups are the few old ones and `<word>.k8s.io`, `<word>.authorization.k8s.io` and the like. */
function isCustom(value: JsonObject): boolean {
  const group = groupOf(value) ?? '';
  return !builtInGroups.has(group) && !/^[a-z]+(?:\.authorization|\.apiserver|\.authentication)?\.k8s\.io$/.test(group);
}

/** `volumes[].image.reference` (KEP-4639). */
function imageVolume(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return typeof value['reference'] === 'string' ? value['reference'] : undefined;
}
