import * as z from 'zod';

/** One statement of rights in the customer's cloud account, with the reason a customer's admin reads. */
export const permissionSchema = z.object({
  sid: z.string().regex(/^[A-Za-z0-9]{1,64}$/),
  actions: z
    .array(z.string().regex(/^[a-z0-9-]+:[A-Za-z*]+$/))
    .min(1)
    .max(64),
  /** ARNs; `${prefix}`, `${account}`, `${region}` and `${partition}` are filled in for the install. */
  resources: z.array(z.string().min(1).max(512)).min(1).max(64),
  reason: z.string().min(1).max(300),
});

export type Permission = z.infer<typeof permissionSchema>;
