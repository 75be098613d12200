import * as z from 'zod';
import { faultsOfExpressions } from './health-expression.ts';
import { healthExpressionSchema, healthSchema, remediesSchema } from './health.ts';

/** As it stands in landfall.yaml: a name that does not exist is an error, and so is an expression that cannot be used. */
export const healthFileSchema = healthSchema
  .extend({
    expressions: z
      .array(healthExpressionSchema.strict())
      .max(20)
      .default([])
      .superRefine((expressions, context) => {
        for (const { index, field, message } of faultsOfExpressions(expressions))
          context.addIssue({ code: 'custom', path: [index, field], message });
      }),
    remedies: remediesSchema.strict().prefault({}),
  })
  .strict();
