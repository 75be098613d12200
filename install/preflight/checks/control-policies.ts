import * as z from 'zod';
import type { ControlPolicy } from '../facts/facts.ts';

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
});
const documentSchema = z.object({
  Statement: z.union([statementSchema, z.array(statementSchema)]).transform((value) => [value].flat()),
});
type Statement = z.infer<typeof statementSchema>;

/** `sure: false`: it depends on a condition or a resource that cannot be judged from here. */
export type Denial = { action: string; policy: string; sure: boolean };

/**
 * Which of the actions the policies of an organization deny in the region. Every level (account, units, root) must allow an
 * action, and none may deny it: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 */
export function deniedBy(policies: readonly ControlPolicy[], actions: readonly string[], region: string): Denial[] {
  const parsed = policies.map((policy) => ({ ...policy, document: documentSchema.safeParse(policy.document) }));
  const levels = new Set(policies.map(({ attachedTo }) => attachedTo));
  const statementsOf = (level: string): { policy: string; statement: Statement }[] =>
    parsed
      .filter(({ attachedTo }) => attachedTo === level)
      .flatMap(({ name, document }) =>
        document.success ? document.data.Statement.map((statement) => ({ policy: name, statement })) : [],
      );
  const unreadable = parsed.filter(({ document }) => !document.success);
  return actions.flatMap((action): Denial[] => {
    const denials = unreadable.map(({ name }) => ({ action, policy: name, sure: false }));
    for (const level of levels) {
      const statements = statementsOf(level).filter(({ statement }) => names(statement, action));
      for (const { policy, statement } of statements) {
        if (statement.Effect === 'Allow') continue;
        const holds = conditionHolds(statement, region);
        const everywhere = statement.Resource === undefined || statement.Resource.includes('*');
        if (holds !== 'no') denials.push({ action, policy, sure: holds === 'yes' && everywhere });
      }
      if (!statements.some(({ statement }) => statement.Effect === 'Allow')) {
        denials.push({ action, policy: `nothing at ${level} allows it`, sure: true });
      }
    }
    return denials.slice(0, 1);
  });
}

function names(statement: Statement, action: string): boolean {
  const matches = (patterns: readonly string[]): boolean => patterns.some((pattern) => isMatch(pattern, action));
  if (statement.Action !== undefined) return matches(statement.Action);
  return statement.NotAction !== undefined && !matches(statement.NotAction);
}

/** The usual one, on the region, is judged; of all others it cannot be told. */
function conditionHolds({ Condition }: Statement, region: string): 'yes' | 'no' | 'unknown' {
  if (Condition === undefined) return 'yes';
  let answer: 'yes' | 'unknown' = 'yes';
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) {
      const isRegion = key.toLowerCase() === 'aws:requestedregion';
      const matched = values.some((value) => isMatch(value, region));
      if (isRegion && /^String(Equals|Like|EqualsIgnoreCase)$/.test(operator)) {
        if (!matched) return 'no';
      } else if (isRegion && /^StringNot(Equals|Like|EqualsIgnoreCase)$/.test(operator)) {
        if (matched) return 'no';
      } else {
        answer = 'unknown';
      }
    }
  }
  return answer;
}

function isMatch(pattern: string, text: string): boolean {
  const expression = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)))
    .join('');
  return new RegExp(`^${expression}$`, 'i').test(text);
}
