import { createFakeSecretStore } from './testing/fake-secret-store.ts';
import { holdsToTheStoreContract } from './testing/store-contract.ts';

holdsToTheStoreContract(() => {
  const store = createFakeSecretStore();
  return {
    store,
    name: (of) => `lf-acme/${of}`,
    put: async (id, value) => store.put(id, value),
    forbidden: async () => {
      store.put('others/secret', 'canary-e0d2f6c1');
      store.lock('others/secret');
      return 'others/secret';
    },
    unreachable: () => Object.assign(createFakeSecretStore(), { away: true }),
  };
});
