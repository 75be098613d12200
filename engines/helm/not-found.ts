import { LandfallError } from '../../contract/index.ts';

export function isNotFound(error: unknown): boolean {
  return error instanceof LandfallError && error.code === 'LF-ENGINES-013';
}
