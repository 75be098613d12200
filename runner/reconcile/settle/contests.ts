import type { Component } from '../../../contract/index.ts';
import { emptyRecord } from '../../components/record.ts';
import {
  type Change,
  type Contest,
  contestsNow,
  deleted,
  describeContests,
  restUntil,
  uncontested,
  withCorrections,
} from '../../remedy/index.ts';
import type { Work } from '../component-kind.ts';
import { type Facts, isTrue } from '../told/status.ts';

/** Who works against one component: what is changed again each time it is set back is told, remembered and left as it is. */
export type Contests = {
  /** Of what others have changed, what is set back now. */
  toSetBack<T extends Change>(changes: readonly T[]): Promise<T[]>;
  /** Right before it is set back: who is killed over it has counted it. */
  note(changes: readonly Change[]): Promise<void>;
  /** Fields of this object that are left as they are. */
  fieldsOf(object: string): string[];
  /** What somebody deletes again each time, and so is missing; null: nothing is. */
  gone(): string | null;
  /** `Stalled`, when anything is contested. */
  facts(): Facts;
};

export function contestsOf({ parts, memory }: Work, component: Pick<Component, 'name' | 'kind'>): Contests {
  const { clock, events, contested, wakes } = parts;
  const { name, kind } = component;
  const document = memory.component(name);
  let now: readonly Contest[] = contested.get(name) ?? [];
  const tell = (): void => {
    const until = restUntil(now);
    if (until !== null) wakes.set(name, until);
    if (now.length === 0) contested.delete(name);
    else contested.set(name, now);
  };
  return {
    toSetBack: async (changes) => {
      const record = (await document.read()) ?? emptyRecord(kind);
      const before = record.contested ?? [];
      now = contestsNow({ changes, before, corrected: record.corrected ?? [], now: clock.now() });
      tell();
      if (now.length > 0 || before.length > 0) {
        const { contested: _, ...rest } = record;
        const intent = now.length > 0 ? 'somebody works against it' : 'nobody works against it any more';
        await document.write(now.length > 0 ? { ...rest, contested: [...now] } : rest, intent);
      }
      const isNew = now.some(({ since }) => !before.some((each) => each.since === since));
      if (isNew) {
        const message = describeContests(now);
        events.event({ reason: 'DriftContested', component: name, severity: 'warning', message });
      }
      return uncontested(changes, now);
    },
    note: async (changes) => {
      if (changes.length === 0) return;
      const record = (await document.read()) ?? emptyRecord(kind);
      const corrected = withCorrections(record.corrected ?? [], changes, clock.now());
      await document.write({ ...record, corrected }, 'something is set back');
    },
    fieldsOf: (object) => now.filter((each) => each.object === object).map(({ field }) => field),
    gone: () => {
      const names = now.filter(({ field }) => field === deleted).map(({ object }) => object);
      const named = [...names.slice(0, 5), ...(names.length > 5 ? [`${names.length - 5} more`] : [])];
      return names.length === 0 ? null : `deleted by somebody again each time it was put back: ${named.join(', ')}`;
    },
    facts: () => (now.length === 0 ? {} : { Stalled: isTrue('DriftContested', describeContests(now)) }),
  };
}
