import { LandfallError } from '../../contract/index.ts';
import type { AccountRequest } from '../account.ts';
import type { BaseRequest } from '../base.ts';
import type { AwsCredentials } from '../context.ts';

/** What may be kept: the mirrored images, the Terraform states, the volumes with the product's data. */
export const keepable = ['registry', 'state', 'volumes'] as const;
export type Keep = (typeof keepable)[number];

export type TeardownRequest = {
  account: AccountRequest['inputs'];
  base: BaseRequest['inputs'];
  /** Of the customer's admin. */
  credentials: AwsCredentials;
  keep: readonly Keep[];
  /** What the product's Terraform components made: destroyed too, or kept and named. */
  product: 'destroy' | 'keep';
  /** How long to wait for what AWS lets go of late. Default 10 minutes for each step. */
  waitMs?: number;
};

/** The words of `--keep`. */
export function parseKeep(words: readonly string[]): Keep[] {
  return words.map((word) => {
    const known = keepable.find((each) => each === word);
    if (known !== undefined) return known;
    throw new LandfallError('LF-TEARDOWN-006', `--keep takes ${keepable.join(', ')}, not "${word}"`);
  });
}
