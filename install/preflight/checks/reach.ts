import type { Facts, Reached } from '../facts/facts.ts';
import { type CheckResult, fail, judge, pass, type Verdict, warn } from '../result.ts';
import { known } from '../seen.ts';
import type { Wanted } from '../wanted.ts';

/** Whether the vendor's side answers: from this machine, since nothing runs in the install's network yet. */
export function reachChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  const about = (id: string, title: string, { url }: Reached, why: string): Parameters<typeof judge>[0] => ({
    id,
    title,
    needed: url,
    why,
  });
  const link = wanted.controlPlaneLink;
  return [
    judge(
      about(
        'control-plane',
        'The vendor’s control plane',
        facts.controlPlane,
        'The runner fetches its desired state there.',
      ),
      known(facts.controlPlane),
      (reached) => verdict(reached, link !== 'internet' ? `it is reached by ${link} in the end` : undefined),
    ),
    judge(
      about(
        'vendor-registry',
        'The vendor’s registry',
        facts.vendorRegistry,
        'Images and charts are copied from there into your registry.',
      ),
      known(facts.vendorRegistry),
      (reached) => verdict(reached, undefined),
    ),
  ];
}

function verdict(reached: Reached, otherwise: string | undefined): Verdict {
  if ('status' in reached) {
    const found = `answered with ${reached.status}, from this machine`;
    return reached.status >= 500 ? warn(found, 'It answers, but not well: try again later.') : pass(found);
  }
  if (otherwise !== undefined)
    return warn(`${reached.failed}; ${otherwise}`, 'Nothing, if this machine is not on the link.');
  return fail(
    reached.failed,
    'Allow HTTPS on 443 to it: proxy (HTTPS_PROXY), firewall, DNS, and its certificate (caFile).',
  );
}
