import { canonicalJson, sha256 } from '../../contract/index.ts';

/** Of all that decides what gets applied. 40 hex digits, so that it fits into a label's value. */
export function fingerprintOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice('sha256:'.length, 'sha256:'.length + 40);
}
