/** The first call counts. */
export function onlyOnce(act: () => void): () => void {
  let called = false;
  return () => {
    if (!called) act();
    called = true;
  };
}

/** Work done once per key: whoever comes later shares its end. A failure is forgotten, so that another may try. */
export type Once<T> = (key: string, work: () => Promise<T>) => Promise<T>;

export function createOnce<T>(): Once<T> {
  const begun = new Map<string, Promise<T>>();
  return (key, work) => {
    const known = begun.get(key);
    if (known !== undefined) return known;
    const fresh = work();
    begun.set(key, fresh);
    fresh.catch(() => begun.delete(key));
    return fresh;
  };
}
