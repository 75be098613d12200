import * as z from 'zod';

const oneOrMany = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const values = z.union([scalar, z.array(scalar)]).transform((value) => (Array.isArray(value) ? value : [value]));
/** Lambda keeps an account's number, or an ARN, as it was given; everywhere else it stands under `AWS`. */
const principal = z.union([
  z.string().transform((name): Record<string, string[]> => ({ AWS: [name] })),
  z.record(z.string(), oneOrMany),
]);

const statementSchema = z
  .object({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principal.optional(),
    NotPrincipal: principal.optional(),
    Action: oneOrMany.optional(),
    NotAction: oneOrMany.optional(),
    Resource: oneOrMany.optional(),
    NotResource: oneOrMany.optional(),
    Condition: z.record(z.string(), z.record(z.string(), values)).optional(),
  })
  .strict();

const documentSchema = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z
    .union([statementSchema, z.array(statementSchema)])
    .transform((value) => (Array.isArray(value) ? value : [value])),
});

export type Statement = z.infer<typeof statementSchema>;
export type PolicyDocument = { name: string; statements: Statement[] };

/** Parses a policy as IAM stores it. A policy that cannot be read is a loud error, never an empty one. */
export function parsePolicy(name: string, json: string): PolicyDocument {
  const value: unknown = JSON.parse(json);
  return { name, statements: documentSchema.parse(value).Statement };
}
