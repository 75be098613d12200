import { LandfallError } from '../contract/index.ts';

/** What the system says against writing a path of this machine, as LF-OCI-017; whatever else went wrong stays as it is. */
export function notWritten(path: string): (cause: unknown) => never {
  return (cause) => {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
    throw new LandfallError('LF-OCI-017', `${path} cannot be written: ${cause.message}`, { cause });
  };
}
