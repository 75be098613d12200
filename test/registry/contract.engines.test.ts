import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { requireEngines } from '../../dev/index.ts';
import { registryContract } from './contract.ts';
import { startDistribution } from './start-distribution.ts';

const engines = await requireEngines('registry');

describe.skipIf(!engines.available)('the same list', () => {
  const dir = mkdtempSync(join(tmpdir(), 'registry-contract-'));
  let registry: Awaited<ReturnType<typeof startDistribution>>;
  beforeAll(async () => {
    registry = await startDistribution(engines.path('registry'), dir);
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  registryContract('CNCF distribution', () => registry.host, { referrers: false });
});
