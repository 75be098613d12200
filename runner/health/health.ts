/** `missing`: what was applied has been deleted; waiting alone will not bring it back. */
export type Health =
  | { state: 'healthy' }
  | { state: 'progressing'; message: string; missing?: true }
  /** It works, with fewer replicas on different nodes than it is to have. */
  | { state: 'degraded'; message: string }
  | { state: 'failed'; message: string };

export const healthy: Health = { state: 'healthy' };
export const progressing = (message: string): Health => ({ state: 'progressing', message });
export const failed = (message: string): Health => ({ state: 'failed', message });

/** The worst of them. What is degraded says more than that something is on its way. */
export function worstOf(found: readonly Health[]): Health {
  return (
    found.find(({ state }) => state === 'failed') ??
    found.find((health) => health.state === 'progressing' && health.missing === true) ??
    found.find(({ state }) => state === 'degraded') ??
    found.find(({ state }) => state === 'progressing') ??
    healthy
  );
}
