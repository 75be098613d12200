/** Requests to the API server at a time: quick, and far from what its priority and fairness would slow down. */
const atATime = 8;

/** As Promise.all over a map, but only so many at a time. The first failure is thrown when those under way have ended. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  queue.reverse();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined && failures.length === 0; next = queue.pop()) {
      const [index, item] = next;
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
