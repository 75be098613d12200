import { canonicalJson, type Digest, sha256 } from '../../../contract/index.ts';
import type { TofuResourceChange } from '../../../engines/index.ts';
import { isImport, verbOf } from './plan-change.ts';

export type PlanIdentity = {
  changes: readonly TofuResourceChange[];
  /** Of the state the plan was made from. */
  state: { lineage: string; serial: number } | null;
  /** Of module, variables and providers. */
  configuration: string;
};

/**
 * What an approval binds to: every change with its values, the state and the configuration. Times and everything that a plan only reads are
 * left out: the same plan made again has the same digest.
 */
export function planDigest({ changes, state, configuration }: PlanIdentity): Digest {
  const made = changes
    .filter((resource) => resource.mode === 'managed' && (verbOf(resource) !== 'none' || isImport(resource)))
    .map((resource) => {
      const { address, type, provider_name: provider, change } = resource;
      const { actions, before = null, after = null, after_unknown: unknown = null } = change;
      const importing = isImport(resource) ? { importing: change.importing } : {};
      return { address, type, provider, actions, before, after, unknown, ...importing };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return sha256(canonicalJson({ changes: made, state, configuration }));
}
