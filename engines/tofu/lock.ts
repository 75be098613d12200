export type TofuLock = {
  /** Milliseconds to wait for a lock that someone else holds. Default: none. */
  readonly lockTimeoutMs?: number;
};

export function lockFlag(request: TofuLock): string[] {
  return request.lockTimeoutMs === undefined ? [] : [`-lock-timeout=${Math.ceil(request.lockTimeoutMs / 1000)}s`];
}
