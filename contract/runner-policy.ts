import { z } from 'zod';
import { knownPrincipalSchema } from './seal.ts';
import { digestSchema } from './digest.ts';
import { componentNameSchema } from './names.ts';

const time = /^([01]\d|2[0-3]):[0-5]\d$/;
export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** When releases may be changed. Times are local to `timeZone` (IANA); an `end` before `start` is on the next day. */
export const windowSchema = z.object({
  days: z.array(z.enum(weekdays)).min(1).max(7),
  start: z.string().regex(time),
  end: z.string().regex(time),
  timeZone: z.string().max(64),
});

/** `planDigest` stands for the plan, the state it was made from and the configuration: any of them changes, and it is another digest. */
export const approvalSchema = z.object({ component: componentNameSchema, planDigest: digestSchema });

/** The customer's own limits, the `spec` of the RunnerPolicy in their cluster. Nothing the control plane says can widen it. */
export const runnerPolicySchema = z.object({
  /** Nothing is changed while true; what runs is still kept running and reported. */
  paused: z.boolean().default(false),
  /** Empty: at any time. */
  windows: z.array(windowSchema).max(50).default([]),
  /** Kinds of components that may be applied; absent: all. */
  allowedKinds: z.array(z.string().max(32)).max(20).optional(),
  /** `host[:port]` of registries a release may come from; absent: the one pinned at hand-off. */
  allowedRegistries: z.array(z.string().max(255)).max(50).optional(),
  /** Plans that delete or replace something of the base layer and that the customer wants all the same, each by the digest that the runner tells. */
  approvals: z.array(approvalSchema).max(50).optional(),
  /** Principals from outside the account that the customer knows of and wants; the seal lists them as accepted. */
  sealKnownPrincipals: z.array(knownPrincipalSchema).max(200).optional(),
});

export type RunnerPolicy = z.infer<typeof runnerPolicySchema>;
export type MaintenanceWindow = z.infer<typeof windowSchema>;
