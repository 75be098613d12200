import type { Json, JsonObject } from './json.ts';

/** Lists of these names hold containers in every built-in kind (PodSpec of core/v1), and in nearly all custom ones. */
const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);
const builtInGroups = new Set(['', 'apps', 'batch', 'policy', 'autoscaling', 'extensions']);

/**
 * A copy of a Kubernetes object in which every image reference went through `change`: containers of all sorts, image volumes,
 * and in kinds that are not built in (custom resources) every `image` that is a string. The release's builder finds the images
 * by this, and the runner's post-renderer pins them by this, so that both always mean the same places.
 */
export function mapImages(object: Json, change: (reference: string) => string): Json {
  return walk(object, { custom: false, container: false }, change);
}

/** Every image reference in the object, once each, in order of appearance. */
export function imagesIn(object: Json): string[] {
  const found = new Set<string>();
  mapImages(object, (reference) => {
    found.add(reference);
    return reference;
  });
  return [...found];
}

type Place = { custom: boolean; container: boolean };

function walk(value: Json, place: Place, change: (reference: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => walk(item, place, change));
  if (value === null || typeof value !== 'object') return value;
  const custom = isObject(value) ? isCustom(value) : place.custom;
  const entries = Object.entries(value).map(([key, member]): [string, Json] => {
    if (key === 'image' && typeof member === 'string' && member !== '' && (place.container || custom)) {
      return [key, change(member)];
    }
    if (key === 'image' && isImageVolume(member)) return [key, { ...member, reference: change(member.reference) }];
    return [key, walk(member, { custom, container: containerLists.has(key) }, change)];
  });
  return Object.fromEntries(entries);
}

function isObject(value: JsonObject): boolean {
  return typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}

/** Groups of Kubernetes itself are the few old ones and everything below k8s.io that ends in `.k8s.io` without a project's name. */
function isCustom(value: JsonObject): boolean {
  const apiVersion = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return !builtInGroups.has(group) && !/^[a-z]+(?:\.authorization|\.apiserver|\.authentication)?\.k8s\.io$/.test(group);
}

/** `volumes[].image.reference` (KEP-4639). */
function isImageVolume(value: Json): value is JsonObject & { reference: string } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && typeof value['reference'] === 'string';
}
