import { vi } from 'vitest';
import * as z from 'zod';
import type { Answer, Caller, GuardedCluster } from '../../testing/guarded-cluster.ts';
import { admission, bindTo, type Needed, rbac } from './attacks.ts';

const ruleSchema = z.looseObject({
  expression: z.string(),
  message: z.string().optional(),
  messageExpression: z.string().optional(),
});
const policySchema = z.looseObject({ spec: z.looseObject({ validations: z.array(ruleSchema) }) });
type Rule = z.infer<typeof ruleSchema>;
type Admin = Pick<GuardedCluster, 'admin'>;

/** As the caller, without a trace: nothing of what succeeds is kept, and the next attack finds everything as it was. */
export function dryly(as: Caller): Caller {
  return (method, path, body, headers) =>
    as(method, `${path}${path.includes('?') ? '&' : '?'}dryRun=All`, body, headers);
}

/** Policies and bindings take effect a moment after they are written. `but`: refused for another reason than this one. */
export async function untilIt(
  attempt: () => Promise<Answer>,
  end: 'succeeds' | 'is refused',
  but?: string,
): Promise<Answer> {
  return vi.waitFor(
    async () => {
      const answer = await attempt();
      const refused = answer.status === 403 && (but === undefined || !answer.message.includes(but));
      if (end === 'succeeds' ? answer.status < 300 : refused) return answer;
      throw new Error(`it never ${end}: ${answer.status} ${answer.message}`);
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** While the one rule of the policy that says this is always true, and every other one holds. Throws unless exactly one says it; `words`: what it says. */
export async function withoutRule<T>(
  { admin }: Admin,
  policy: string,
  refusal: string,
  during: (words: string) => Promise<T>,
): Promise<T> {
  const path = `${admission}/validatingadmissionpolicies/${policy}`;
  const { validations } = policySchema.parse(await admin('GET', path)).spec;
  const [rule, ...more] = validations.filter((each) => refusal.includes(wordsOf(each)));
  if (rule === undefined || more.length > 0) throw new Error(`not one rule of ${policy} says: ${refusal}`);
  const loose = validations.map((each) => (each === rule ? { ...each, expression: 'true' } : each));
  await admin('PATCH', path, { spec: { validations: loose } });
  try {
    return await during(wordsOf(rule));
  } finally {
    await admin('PATCH', path, { spec: { validations } });
  }
}

/** A message that is made begins with words of its own. */
function wordsOf({ message, messageExpression }: Rule): string {
  const words = message ?? /^'([^']+)'/.exec(messageExpression ?? '')?.[1];
  if (words === undefined) throw new Error('a rule that says nothing');
  return words;
}

/** While the account has these rights beside its own, and no other one. */
export async function withRights<T>(
  { admin }: Admin,
  subject: object,
  rules: readonly Needed[],
  during: () => Promise<T>,
): Promise<T> {
  const name = 'twin';
  await admin('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
  await admin('POST', `${rbac}/clusterrolebindings`, bindTo(name, 'ClusterRole', name, subject));
  try {
    return await during();
  } finally {
    await admin('DELETE', `${rbac}/clusterrolebindings/${name}`);
    await admin('DELETE', `${rbac}/clusterroles/${name}`);
  }
}
