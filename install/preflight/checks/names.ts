import type { Facts, Named } from '../facts/facts.ts';
import { installTag, isOurs } from '../facts/tags.ts';
import { type CheckResult, fail, judge, notVisible, pass, type Verdict } from '../result.ts';
import { every } from '../seen.ts';
import type { Wanted } from '../wanted.ts';

/** Names that are taken. What carries this install's own tag is from an earlier run of it: it goes on from there. */
export function nameChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  const names = {
    id: 'names',
    title: 'Names that the install gives',
    needed: `nothing of another install called ${wanted.names.prefix}...`,
    why: 'What has such a name would be met, taken over or refused in the middle of an install.',
  };
  const bucket = {
    id: 'state-bucket',
    title: 'Name of the state bucket',
    needed: `${wanted.names.stateBucket}, free or of this install`,
    why: 'Bucket names are shared by all accounts in the world.',
  };
  return [
    judge(names, every(facts.named), (found) => namesVerdict(found.flat(), wanted)),
    judge(bucket, facts.bucket, (found) => {
      if (found.state === 'free') return pass('free');
      if (found.state === 'foreign') return fail('taken by another account or region', chooseAnother);
      return namesVerdict([{ kind: 'bucket', name: wanted.names.stateBucket, tags: found.tags }], wanted);
    }),
  ];
}

const chooseAnother = 'Choose another install id, or set namePrefix in the install file.';

function namesVerdict(found: readonly Named[], { installId, names }: Wanted): Verdict {
  const list = (some: readonly Named[]): string => some.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const others = found.filter(({ tags }) => tags !== undefined && !isOurs(tags, installId));
  const remedy = `${chooseAnother} If it is a leftover of this install, tag it ${installTag}=${installId} or delete it.`;
  if (others.length > 0) return fail(`taken: ${list(others)}`, remedy);
  const untold = found.filter(({ tags }) => tags === undefined);
  if (untold.length > 0) return notVisible(`there, but whose cannot be told: ${list(untold)}`, remedy);
  return found.length === 0
    ? pass(`nothing is called ${names.prefix}...`)
    : pass(`${found.length} of an earlier run of this install, which goes on from there: ${list(found)}`);
}
