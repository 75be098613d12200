import { z } from 'zod';

/** Terraform's lock info, as it lies beside the state. */
const lockSchema = z.object({
  ID: z.string(),
  Operation: z.string().default(''),
  Who: z.string().default(''),
  Version: z.string().default(''),
  Created: z.string().default(''),
});

/** Who holds the lock of a state: `who` is user@host, `operation` what Terraform was doing. */
export type LockHolder = { stack: string; id: string; who: string; since: string; operation: string };

const commands: Record<string, string> = {
  OperationTypePlan: 'a plan',
  OperationTypeApply: 'an apply',
  OperationTypeDestroy: 'a destroy',
};

/** Undefined: the lock was given back in the meantime. Half a lock (killed while it was written) is a lock all the same. */
export function lockOf(key: string, text: string | undefined): LockHolder | undefined {
  if (text === undefined) return undefined;
  const stack = key.replace(/\/terraform\.tfstate\.tflock$/, '');
  const parsed = lockSchema.safeParse(parseOr(text)).data;
  if (parsed === undefined) return { stack, id: 'unknown', who: 'unknown', since: 'unknown', operation: 'unknown' };
  const { ID, Who, Created, Operation, Version } = parsed;
  const operation = `${commands[Operation] ?? (Operation === '' ? 'unknown' : Operation)} (version ${Version})`;
  return { stack, id: ID, who: Who === '' ? 'unknown' : Who, since: Created === '' ? 'unknown' : Created, operation };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
