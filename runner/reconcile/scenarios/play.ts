import { type RunnerPolicy, runnerPolicySchema } from '../../../contract/index.ts';
import type { Meddling, Outcome, Scenario } from './scenario.ts';
import type { Sight, Stage } from './stage.ts';

export type Played = { seen: object; wanted: object };

/** Plays one row: what was done and is there in the end, and what the row says of it. */
export async function play(stage: Stage, scenario: Scenario): Promise<Played> {
  const { before, meanwhile, fault, wants, passes, then } = scenario;
  for (const wish of before ?? []) await stage.run(wish);
  for (const meddling of meanwhile ?? []) await meddle(stage, meddling);
  const policy = policyOf(stage, scenario);
  stage.policy(policy);
  stage.forgetCalls();
  if (wants !== undefined) await stage.publish(wants);
  if (fault !== undefined) await stage.strike(fault);
  let result = await stage.run(wants ?? null, { passes });
  if (scenario.approved === true) {
    const asked = (await stage.look()).status?.waitingFor?.details;
    stage.policy(runnerPolicySchema.parse({ ...policy, approvals: [asked] }));
    result = await stage.run(wants ?? null);
  }
  const struck = await stage.heal();
  const ends = result.kind === 'waiting' ? result.reason : result.kind;
  const seen = { ends, ...seenOf(await stage.look(), stage.calls(), then) };
  if (fault === undefined) return { seen, wanted: wantedOf(then) };
  return { seen: { ...seen, struck: struck !== 0 }, wanted: { ...wantedOf(then), struck: true } };
}

function policyOf(stage: Stage, { policy }: Scenario): RunnerPolicy {
  return runnerPolicySchema.parse(typeof policy === 'function' ? policy(stage.now()) : (policy ?? {}));
}

function seenOf(sight: Sight, calls: readonly string[], then: Outcome): object {
  const { status } = sight;
  const deniedFor = status?.denied.at(-1)?.reason ?? '';
  const waitsFor = status?.waitingFor?.message ?? '';
  return {
    inForce: status?.observed?.version ?? null,
    denied: status?.denied.map(({ version }) => version) ?? [],
    ...(then.deniedFor === undefined || then.deniedFor.test(deniedFor) ? {} : { deniedFor }),
    ...(then.there && { there: sight.deployments }),
    ...(then.releases && { releases: sight.releases }),
    ...(then.configs && { configs: only(sight.configs, then.configs) }),
    ...(then.ran && { ran: sight.ran }),
    ...(then.outputs && { outputs: sight.outputs }),
    ...(then.says && { says: status?.conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`) }),
    ...(then.waitsFor === undefined || then.waitsFor.test(waitsFor) ? {} : { waitsFor }),
    missed: missing(calls, then.calls ?? []),
    made: calls.filter((call) => then.never?.includes(call)),
    // Whatever happened: nothing is left half-way that the next pass would stumble over.
    locked: sight.locked,
  };
}

function wantedOf({ ends, inForce, denied, there, releases, configs, ran, outputs, says }: Outcome): object {
  const looked = { there, releases, configs, ran, outputs, says };
  const asked = Object.fromEntries(Object.entries(looked).filter(([, what]) => what !== undefined));
  return { ends, inForce, denied: denied ?? [], ...asked, missed: [], made: [], locked: false };
}

async function meddle(stage: Stage, meddling: Meddling): Promise<void> {
  if ('kills' in meddling) await stage.runAndKill(meddling.on, { kind: meddling.kills, when: 'during' });
  else await stage.meddle(meddling);
}

/** Of what is there, that which the row names: others have objects there, too. */
function only<T>(there: Record<string, T>, named: Record<string, unknown>): Record<string, T | null> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, there[name] ?? null]));
}

/** What of `wanted` does not come, in this order, within `calls`. */
function missing(calls: readonly string[], wanted: readonly string[]): string[] {
  let at = 0;
  return wanted.filter((call) => {
    const found = calls.indexOf(call, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
}
