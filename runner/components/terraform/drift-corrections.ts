import { apartMs } from '../../../contract/index.ts';
import { contestRestMs } from '../../remedy/index.ts';
import type { DriftRecord } from './drift-record.ts';

type Corrected = NonNullable<DriftRecord['corrected']>;

/** So often in a row the same is put back; who changes it again then works against the release. */
export const mostInARow = 3;

/** Of what has drifted, what is left as it is for a day: it was put back as often as may be, and changed again each time. Pure. */
export function contestedAddresses(addresses: readonly string[], record: DriftRecord | undefined, now: Date): string[] {
  const corrected = record?.corrected ?? {};
  return addresses.filter((address) => {
    const before = corrected[address];
    return before !== undefined && before.times >= mostInARow && apartMs(before.lastAt, now) < contestRestMs;
  });
}

/** After these were put back. What has not drifted again since is not counted any more. Pure. */
export function countCorrections(addresses: readonly string[], record: DriftRecord | undefined, now: Date): Corrected {
  const corrected = record?.corrected ?? {};
  const lastAt = now.toISOString();
  return Object.fromEntries(
    addresses.map((address) => {
      const before = corrected[address];
      const goesOn = before !== undefined && apartMs(before.lastAt, now) < contestRestMs;
      return [address, { times: (goesOn ? before.times : 0) + 1, lastAt }];
    }),
  );
}
