import * as z from 'zod';
import type { TofuPlanDocument } from '../../../engines/index.ts';
import type { Finding } from './approval.ts';
import { holdsNothing, isDataStore } from './data-stores.ts';
import { isImport, verbOf } from './plan-change.ts';

/** Who has set a limit: what the release is at fault for fails it; what the customer does not want waits for another policy or release. */
export type LimitOwner = 'release' | 'policy';
export type PlanLimits = {
  /** Every one of them must allow a type. */
  allowed: readonly { by: LimitOwner; patterns: readonly string[] }[];
  protected: readonly { by: LimitOwner; patterns: readonly string[] }[];
  /** What waits for the customer's approval. */
  approve: 'destroys' | 'changes';
  /** `protectedOnly`: what is deleted and is known to hold no data goes without being asked for. */
  destroys: 'required' | 'protectedOnly';
  /** Of types that hold data: never deleted, or (when all of a component goes, as the vendor says) asked for like the rest. */
  dataStores: 'refuse' | 'ask';
};

export type Refusal = Finding & { kind: 'type' | 'protected' | 'unknown'; by: LimitOwner };
export type PlanVerdict = { refused: Refusal[]; asks: Finding[] };

/** What a plan means for what the customer has and has said. Pure; fails towards refusing and asking. */
export function judgePlan(plan: TofuPlanDocument, limits: PlanLimits): PlanVerdict {
  const verdict: PlanVerdict = { refused: [], asks: [] };
  for (const resource of plan.resourceChanges) {
    if (resource.mode !== 'managed') continue;
    const { address, type } = resource;
    const verb = verbOf(resource);
    if (isImport(resource)) {
      verdict.asks.push({ address, verb: 'import', why: 'something that is there already would become a part of it' });
    }
    if (verb === 'none') continue;
    if (verb === 'unknown') {
      const why = 'the plan does something with it that this runner does not know';
      verdict.refused.push({ kind: 'unknown', by: 'release', address, verb, why });
      continue;
    }
    verdict.refused.push(...outside(type, limits).map((by) => notAllowed(address, verb, by)));
    const deletes = resource.change.actions.includes('delete');
    const keeper = deletes ? protectorOf(type, limits) : null;
    if (keeper !== null) {
      verdict.refused.push({ kind: 'protected', by: keeper.by, address, verb, why: keeper.why });
      continue;
    }
    if (verb === 'delete' || verb === 'replace') {
      if (deletes && isTrusted(type, limits)) continue;
      const what = deletes ? `${verb}d` : 'left to itself: nobody looks after it any more';
      verdict.asks.push({ address, verb, why: `${isDataStore(type) ? 'it holds data, and ' : ''}it would be ${what}` });
    } else if (limits.approve === 'changes') {
      verdict.asks.push({ address, verb, why: 'the customer looks at every change' });
    }
  }
  for (const { address, type } of provisionersOf(plan.document)) {
    verdict.refused.push(...outside(type, limits).map((by) => notAllowed(address, 'run', by)));
  }
  return verdict;
}

/**
 * A data source of the `external` provider runs a program, and does so while the plan is made, which is too late to judge it. So it counts as a type as
 * soon as the module needs the provider, under whichever namespace.
 */
export function judgeProviders(sources: readonly string[], limits: Pick<PlanLimits, 'allowed'>): Refusal[] {
  return sources
    .filter((source) => source.endsWith('/external'))
    .flatMap((source) =>
      outside('data.external', limits).map((by) => notAllowed(`data.external (${source})`, 'run', by)),
    );
}

/** Those of `removed` blocks, which stand in no plan. Where the type is not known, only who allows every provisioner allows it. */
export function judgeRemoved(
  found: readonly { file: string; type: string | null }[],
  limits: Pick<PlanLimits, 'allowed'>,
): Refusal[] {
  return found.flatMap(({ file, type }) => {
    const counts = `provisioner.${type ?? 'unknown'}`;
    return outside(counts, limits).map((by) => notAllowed(`${counts} beside a removed block in ${file}`, 'run', by));
  });
}

/** `*` stands for any characters. In one walk over the type: a pattern cannot make it slow. */
export function matches(type: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return type === pattern;
  if (!type.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = type.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return type.length - last.length >= at && type.endsWith(last);
}

/** The customer has said that what holds no data may go; of what is not known that is not known. Who looks at every change looks at these, too. */
function isTrusted(type: string, { approve, destroys }: PlanLimits): boolean {
  return destroys === 'protectedOnly' && approve === 'destroys' && holdsNothing(type);
}

function outside(type: string, { allowed }: Pick<PlanLimits, 'allowed'>): LimitOwner[] {
  return allowed.filter(({ patterns }) => !patterns.some((pattern) => matches(type, pattern))).map(({ by }) => by);
}

function notAllowed(address: string, verb: string, by: LimitOwner): Refusal {
  const whose = by === 'policy' ? "the customer's policy does" : 'allowedTypes of the component do';
  return { kind: 'type', by, address, verb, why: `${whose} not allow this type` };
}

function protectorOf(type: string, limits: PlanLimits): { by: LimitOwner; why: string } | null {
  const said = limits.protected.find(({ patterns }) => patterns.some((pattern) => matches(type, pattern)));
  if (said !== undefined) {
    const whose = said.by === 'policy' ? "the customer's policy" : 'the component';
    return { by: said.by, why: `${whose} protects this type` };
  }
  return limits.dataStores === 'refuse' && isDataStore(type) ? { by: 'release', why: 'it holds data' } : null;
}

type Module = { resources: { address: string; provisioners: { type: string }[] }[]; children: Module[] };
const moduleSchema: z.ZodType<Module> = z.lazy(() =>
  z
    .object({
      resources: z
        .array(z.object({ address: z.string(), provisioners: z.array(z.object({ type: z.string() })).default([]) }))
        .default([]),
      module_calls: z.record(z.string(), z.object({ module: moduleSchema.optional() })).default({}),
    })
    .transform(({ resources, module_calls: calls }) => ({
      resources,
      children: Object.values(calls).flatMap(({ module }) => (module === undefined ? [] : [module])),
    })),
);
const configurationSchema = z.object({
  configuration: z.object({ root_module: moduleSchema.optional() }).optional(),
});

/** Provisioners run programs, and stand in no resource change. */
function provisionersOf(document: unknown): { address: string; type: string }[] {
  const root = configurationSchema.parse(document).configuration?.root_module;
  const walk = ({ resources, children }: Module): { address: string; type: string }[] => [
    ...resources.flatMap(({ address, provisioners }) =>
      provisioners.map(({ type }) => ({ address, type: `provisioner.${type}` })),
    ),
    ...children.flatMap(walk),
  ];
  return root === undefined ? [] : walk(root);
}
