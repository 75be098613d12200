import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { InstallContext } from '../context.ts';
import { readLockText, type StateObject } from './state-object.ts';

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

/** The refusal for a person: who holds the state, since when, and for what. */
export async function lockedBy(context: InstallContext, state: StateObject, cause: Error): Promise<Error> {
  const key = `${state.key}.tflock`;
  const holder = lockOf(key, await readLockText(context, state));
  if (holder === undefined) return cause;
  const { stack, who, since, operation, id } = holder;
  const message = `the ${stack} stack is locked by ${who} since ${since}, for ${operation}; the lock's id is ${id}`;
  return new LandfallError('LF-INSTALL-030', message, { cause, temporary: true, details: { lockId: id, who, since } });
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
