import { afterAll, beforeAll } from 'vitest';
import { registryContract } from './contract.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';

let registry: FaultRegistry;
beforeAll(async () => {
  registry = await startFaultRegistry();
});
afterAll(() => registry.stop());

registryContract('the fault registry', () => registry.host);
