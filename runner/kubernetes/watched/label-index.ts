import type { KubeObject } from '../types.ts';
import type { LabelTerm } from './selection.ts';

export type LabelIndex = {
  add(key: string, object: KubeObject): void;
  remove(key: string, object: KubeObject): void;
  clear(): void;
  /** Keys of the objects with that label and value. The first question about a label makes its index from `all`. */
  keysOf(term: LabelTerm, all: ReadonlyMap<string, KubeObject>): string[];
};

/** So that a hundred questions about a hundred releases do not each walk through all of them. Only labels that were asked for are indexed. */
export function createLabelIndex(): LabelIndex {
  const byLabel = new Map<string, Map<string, Set<string>>>();
  const addTo = (values: Map<string, Set<string>>, label: string, key: string, object: KubeObject): void => {
    const value = object.metadata.labels?.[label];
    if (value === undefined) return;
    const keys = values.get(value) ?? new Set();
    values.set(value, keys.add(key));
  };
  return {
    add: (key, object) => {
      for (const [label, values] of byLabel) addTo(values, label, key, object);
    },
    remove: (key, object) => {
      for (const [label, values] of byLabel) {
        const value = object.metadata.labels?.[label];
        const keys = value === undefined ? undefined : values.get(value);
        keys?.delete(key);
        if (value !== undefined && keys?.size === 0) values.delete(value);
      }
    },
    clear: () => byLabel.clear(),
    keysOf: ({ label, value }, all) => {
      let values = byLabel.get(label);
      if (values === undefined) {
        values = new Map();
        byLabel.set(label, values);
        for (const [key, object] of all) addTo(values, label, key, object);
      }
      return [...(values.get(value) ?? [])];
    },
  };
}
