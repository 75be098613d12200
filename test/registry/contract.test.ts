import { afterAll, beforeAll, describe } from 'vitest';
import { registryContract } from './contract.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';

describe.each([true, false])('referrers %s', (referrers) => {
  let registry: FaultRegistry;
  beforeAll(async () => {
    registry = await startFaultRegistry({ habits: { referrers } });
  });
  afterAll(() => registry.stop());

  registryContract('the fault registry', () => registry.host, { referrers });
});
