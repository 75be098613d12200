type Metadata = Map<unknown, Map<unknown, unknown>>;

/**
 * `@peculiar/x509` builds on tsyringe, which refuses to load without the reflect-metadata polyfill.
 * The three methods it calls are defined here, on first use and only where nobody defined them.
 */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  if (!('getMetadata' in Reflect)) defineReflectMetadata();
  return import('@peculiar/x509');
}

function defineReflectMetadata(): void {
  const store = new WeakMap<object, Metadata>();
  const own = (key: unknown, target: object, property?: unknown) => store.get(target)?.get(property)?.get(key);
  Object.assign(Reflect, {
    defineMetadata(key: unknown, value: unknown, target: object, property?: unknown): void {
      const ofTarget: Metadata = store.get(target) ?? new Map();
      const ofProperty = ofTarget.get(property) ?? new Map<unknown, unknown>();
      store.set(target, ofTarget.set(property, ofProperty.set(key, value)));
    },
    getOwnMetadata: own,
    getMetadata(key: unknown, target: object, property?: unknown): unknown {
      for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
        const value = own(key, at, property);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  });
}
