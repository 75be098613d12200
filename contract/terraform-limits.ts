import * as z from 'zod';

/** A resource type, where `*` stands for any characters (`aws_s3_*`). What runs a program counts as one: `provisioner.local-exec`, `data.external`. */
export const typePatternSchema = z
  .string()
  .max(100)
  .regex(/^[a-z0-9_.*-]+$/, 'expected a resource type such as aws_s3_bucket; * stands for any characters');

const patterns = z.array(typePatternSchema).max(200);

/** What a vendor says of a component's plans. */
export const terraformPlanSettings = {
  /** The only resource types that plans may touch. Absent: any. */
  allowedTypes: patterns.optional(),
  /** Types that no plan may delete or replace, beside those that hold data everywhere. */
  protectedTypes: patterns.optional(),
};

/** What the customer says of every component's plans: it can only take away from what the vendor allows. */
export const terraformLimitsSchema = z.object({
  allowedTypes: patterns
    .optional()
    .describe(
      'The only resource types that plans may touch; * stands for any characters. Programs count as types: provisioner.local-exec, data.external. Absent means any.',
    ),
  protectedTypes: patterns
    .default([])
    .describe('Types that no plan may delete or replace, approved or not; * stands for any characters.'),
  approve: z
    .enum(['destroys', 'changes'])
    .default('destroys')
    .describe('Which plans wait until they are in approvals: those that delete or replace something, or all.'),
  destroys: z
    .enum(['required', 'protectedOnly'])
    .default('required')
    .describe(
      'Which plans that delete or replace something wait: all of them, or (with approve: destroys) those that delete anything but what is known to hold no data (networks, rights, alarms). Protected types are never deleted.',
    ),
  onRemove: z
    .enum(['as-released', 'keep'])
    .default('as-released')
    .describe(
      'keep means that what a component made stays when the component leaves the product, whatever the release says.',
    ),
});

export type TerraformLimits = z.infer<typeof terraformLimitsSchema>;
