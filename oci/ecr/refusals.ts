import { LandfallError } from '../../contract/index.ts';

/** What AWS said, coded; a missing right does not come by waiting. */
export function refused(error: unknown, what: string): LandfallError {
  if (error instanceof LandfallError) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new LandfallError('LF-OCI-013', `${what}: ${reason}`, { cause: error, temporary: !isDenied(error) });
}

export const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

export const isDenied = (error: unknown): boolean =>
  isNamed(error, 'AccessDeniedException') || isNamed(error, 'AccessDenied');
