import * as z from 'zod';

export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export type PolicyStatement = {
  effect: 'Allow' | 'Deny';
  /** null: the statement has none (an identity policy, or not a policy of this kind). */
  principal: Principals | null;
  notPrincipal: boolean;
  conditions: Conditions;
};

/** `anyone` is the bare `"Principal": "*"`. */
export type Principals = { anyone: true } | { anyone: false; of: readonly { type: string; value: string }[] };

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((v) => (typeof v === 'string' ? [v] : v));
const scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const values = z.union([scalar, z.array(scalar)]).transform((v) => (typeof v === 'string' ? [v] : v));
const principal = z.union([z.literal('*'), z.record(z.string(), oneOrMore)]);

/** Strict: a member that is not known here could mean anything, so the whole statement is unreadable. */
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  NotResource: oneOrMore.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).optional(),
});
const documentSchema = z.object({ Statement: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]) });

export type ReadPolicy = {
  statements: PolicyStatement[];
  /** In words, one for each part that could not be read. */
  unreadable: string[];
};

/** A policy document as text (IAM gives it URL-encoded) or as a value. What cannot be read is said, never left out. */
export function readPolicy(document: unknown): ReadPolicy {
  const value = typeof document === 'string' ? decode(document) : document;
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) return { statements: [], unreadable: ['the document is not a policy'] };
  const { Statement } = parsed.data;
  const statements: PolicyStatement[] = [];
  const unreadable: string[] = [];
  for (const [index, one] of (Array.isArray(Statement) ? Statement : [Statement]).entries()) {
    const read = statementSchema.safeParse(one);
    if (read.success) statements.push(statementOf(read.data));
    else unreadable.push(`statement ${index + 1} has an unknown shape`);
  }
  return { statements, unreadable };
}

function statementOf(read: z.infer<typeof statementSchema>): PolicyStatement {
  const given = read.Principal;
  return {
    effect: read.Effect,
    principal:
      given === undefined
        ? null
        : given === '*'
          ? { anyone: true }
          : {
              anyone: false,
              of: Object.entries(given).flatMap(([type, list]) => list.map((value) => ({ type, value }))),
            },
    notPrincipal: read.NotPrincipal !== undefined,
    conditions: read.Condition ?? {},
  };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text.trimStart().startsWith('%') ? decodeURIComponent(text) : text);
  } catch {
    return null;
  }
}
