import { beforeEach, describe } from 'vitest';
import { createFakeKubernetes, type FakeKubernetes } from './fake-kubernetes.ts';
import { itIsAnApiServer } from './kubernetes-contract.ts';

let kubernetes: FakeKubernetes;
beforeEach(() => {
  kubernetes = createFakeKubernetes();
});

describe('the API server in memory', () => {
  itIsAnApiServer(() => kubernetes);
});
