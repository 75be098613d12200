import * as z from 'zod';
import { digestSchema } from './digest.ts';
import { componentNameSchema } from './names.ts';
import { knownPrincipalSchema } from './seal.ts';
import { terraformLimitsSchema } from './terraform-limits.ts';

// The schema of the CRD is made from this file (`npm run dev -- reference`): descriptions are for whoever runs `kubectl explain`, and each
// rule that needs code stands twice, as a refinement here and as CEL for the API server.

const time = /^([01]\d|2[0-3]):[0-5]\d$/;
const timeZone = z.string().min(1).max(64).describe('IANA name, for example Europe/Vienna.');
const kinds = z.array(z.string().max(32)).min(1).max(20);
const cel = (rule: string, message: string) => ({ 'x-kubernetes-validations': [{ rule, message }] });

const needsPlace = 'a principal with "*" needs the one resource ("where") it may enter';
const onePlaceOrOneName = ({ principal, where }: { principal: string; where?: string | undefined }): boolean =>
  !principal.includes('*') || where !== undefined;

export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export const policyVerbs = ['install', 'upgrade', 'rollback', 'uninstall', 'restart', 'action'] as const;

/** When releases may be changed. Times are local to `timeZone` (IANA); an `end` at or before `start` is on the next day. */
export const windowSchema = z.object({
  days: z.array(z.enum(weekdays)).min(1).max(7),
  start: z.string().regex(time),
  end: z.string().regex(time).describe('At or before start means on the next day.'),
  timeZone,
  kinds: kinds
    .optional()
    .describe('Only for components of these kinds; entity: for entities. Absent means of every kind.'),
  components: z
    .array(componentNameSchema)
    .min(1)
    .max(50)
    .optional()
    .describe('Only for these components, or types of entities (in lower case). Absent means for all.'),
});

/** Whole days, the last one included. */
export const freezeSchema = z
  .object({
    from: z.iso.date().describe('First day, for example 2026-12-20.'),
    to: z.iso.date().describe('Last day; it is frozen too.'),
    timeZone,
    reason: z.string().max(200).optional(),
  })
  .refine(({ from, to }) => from <= to, 'a freeze ends before it begins')
  .meta(cel('self.from <= self.to', 'a freeze ends before it begins'));

/**
 * One thing that the customer has looked at and wants: a plan (`component`, `planDigest`: the plan, the state it was made from and the
 * configuration) or a release with its inputs (`releaseDigest`, `inputsDigest`). Any of them changes, and it is another digest.
 */
export const approvalSchema = z
  .object({
    component: componentNameSchema.optional(),
    planDigest: digestSchema.optional().describe('As the runner tells it while it waits.'),
    releaseDigest: digestSchema.optional().describe('As the runner tells it while it waits.'),
    inputsDigest: digestSchema.optional().describe('As the runner tells it while it waits.'),
    note: z.string().max(300).optional().describe('Who approved it and why. The runner does not read it.'),
  })
  .refine(({ component, planDigest, releaseDigest, inputsDigest }) => {
    const plan = component !== undefined && planDigest !== undefined;
    const release = releaseDigest !== undefined && inputsDigest !== undefined;
    const half = (component !== undefined) !== (planDigest !== undefined);
    return plan !== release && !half && (releaseDigest !== undefined) === (inputsDigest !== undefined);
  }, 'an approval names a component and a planDigest, or a releaseDigest and an inputsDigest')
  .meta(
    cel(
      'has(self.component) == has(self.planDigest) && has(self.releaseDigest) == has(self.inputsDigest) && has(self.planDigest) != has(self.releaseDigest)',
      'an approval names a component and a planDigest, or a releaseDigest and an inputsDigest',
    ),
  );

export const approvalRequiredSchema = z.object({
  upgrades: z
    .enum(['none', 'all', 'major', 'minor'])
    .default('none')
    .describe('minor: minor and major ones; all: patches and new inputs too.'),
  kinds: z
    .array(z.string().max(32))
    .max(20)
    .default([])
    .describe('A release that adds, changes or removes a component of one of these kinds, the first install included.'),
});

/** The customer's own limits, the `spec` of the RunnerPolicy in their cluster. Nothing the control plane says can widen it. */
export const runnerPolicySchema = z.object({
  paused: z
    .boolean()
    .default(false)
    .describe('Nothing is changed and nothing is put back while true; what runs is left running and reported.'),
  windows: z
    .array(windowSchema)
    .max(50)
    .default([])
    .describe('When a change of release may begin; one that has begun is finished. Empty means at any time.'),
  freezes: z
    .array(freezeSchema)
    .max(50)
    .default([])
    .describe('Days on which nothing new is begun, whatever the windows say.'),
  upgrades: z
    .enum(['automatic', 'customer'])
    .default('automatic')
    .describe('customer: every change of release after the first waits until it is in approvals. What runs is kept.'),
  approvalRequired: approvalRequiredSchema.optional().describe('Changes that wait until they are in approvals.'),
  approvals: z
    .array(approvalSchema)
    .max(50)
    .optional()
    .describe('What was looked at and is wanted, by the digests that the runner tells while it waits.'),
  maxDisruption: z
    .number()
    .int()
    .min(1)
    .max(50)
    .optional()
    .describe(
      'How many components may be in change at the same time, each until it is healthy. Absent means as many as go side by side.',
    ),
  allowedKinds: z
    .array(z.string().max(32))
    .max(20)
    .optional()
    .describe('Kinds of components that may be applied. Absent means all.'),
  allowedNamespaces: z
    .array(z.string().regex(/^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?$/))
    .max(100)
    .optional()
    .describe(
      'Namespaces a release may put objects into, and out of which Terraform may be given secrets by value; * stands for any characters. Absent means all but reserved ones.',
    ),
  allowedVerbs: z
    .array(z.enum(policyVerbs))
    .max(policyVerbs.length)
    .optional()
    .describe('What may be done. Absent means all. The way back from a change that failed is part of the change.'),
  remedies: z
    .enum(['on', 'off'])
    .optional()
    .describe(
      'off: the runner restarts and reruns nothing by itself; it only tells. Absent means on, within allowedVerbs (restart).',
    ),
  allowedRegistries: z
    .array(z.string().max(255))
    .max(50)
    .optional()
    .describe('host[:port] of registries a release may come from. Absent means the one pinned at hand-off.'),
  terraform: terraformLimitsSchema
    .optional()
    .describe("Limits on the plans of terraform components. Absent means the runner's own and the release's alone."),
  sealKnownPrincipals: z
    .array(
      knownPrincipalSchema
        .refine(onePlaceOrOneName, needsPlace)
        .meta(cel("!self.principal.contains('*') || has(self.where)", needsPlace)),
    )
    .max(200)
    .optional()
    .describe('Principals from outside the account that are known and wanted. The seal lists them as accepted.'),
});

export type RunnerPolicy = z.infer<typeof runnerPolicySchema>;
export type MaintenanceWindow = z.infer<typeof windowSchema>;
export type Freeze = z.infer<typeof freezeSchema>;
export type PolicyVerb = (typeof policyVerbs)[number];
