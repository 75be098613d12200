/** Calls that only ask something. */
export const queryDeadlineMs = 60_000;

/** Helm's --timeout holds for each wait (hooks before, the wait itself, hooks after), so the process gets several of them. */
export function applyDeadline(timeoutMs: number): number {
  return timeoutMs * 4 + 60_000;
}
