import type { KubeObject, Observation } from '../types.ts';
import type { Informer } from './informer.ts';

/** What a shared watch tells, as a watch of one's own over this namespace (or the cluster) would. Ends only with the signal. */
export async function* followInformer(
  informer: Informer,
  namespace: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Observation> {
  const queue: Observation[] = [];
  let wake: () => void = () => undefined;
  const ring = (): void => wake();
  signal.addEventListener('abort', ring, { once: true });
  const inside = (object: KubeObject): boolean => namespace === undefined || object.metadata.namespace === namespace;
  const unfollow = informer.follow((seen) => {
    if (seen.type === 'listed') queue.push({ ...seen, objects: seen.objects.filter(inside) });
    else if (inside(seen.event.object)) queue.push(seen);
    wake();
  });
  try {
    while (!signal.aborted) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', ring);
    unfollow();
  }
}
