import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledIn } from './filled-in.ts';
import type { StackRequest } from './request.ts';
import { synthesise } from './synthesise.ts';
import { sampleInputs, sampleRequests } from './testing/sample-inputs.ts';

const golden = join(import.meta.dirname, '..', 'test', 'golden', 'stacks');
const update = process.env['UPDATE_GOLDEN'] === '1';
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lf-stacks-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function synthesised(request: StackRequest, into: string): Promise<string> {
  const done = await synthesise({ ...request, outDir: join(dir, into) });
  return readFileSync(join(done.dir, 'cdk.tf.json'), 'utf8');
}

const rows: [StackRequest['stack'], StackRequest][] = Object.values(sampleRequests).map((request) => [
  request.stack,
  request,
]);

describe.each(rows)('stack %s', (stack, request) => {
  it('is what the golden file holds (UPDATE_GOLDEN=1 writes it)', async () => {
    const file = join(golden, `${stack}.tf.json`);
    const text = await synthesised(request, 'first');
    if (update) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('is the same byte for byte when synthesised again elsewhere', async () => {
    expect(await synthesised(request, 'second/elsewhere')).toBe(await synthesised(request, 'first'));
  });

  it('names no folder, user or host of the machine it was made on', async () => {
    const text = await synthesised(request, 'first');
    const ofThisMachine = [dir, process.cwd(), import.meta.dirname, tmpdir(), hostname()];
    if (userInfo().username.length > 4) ofThisMachine.push(userInfo().username);
    for (const name of ofThisMachine) expect(text).not.toContain(name);
  });

  it('writes every provider source out in full', async () => {
    const document = JSON.parse(await synthesised(request, 'first'));
    const providers = Object.values<{ source: string; version: string }>(document.terraform.required_providers);
    expect(providers.length).toBeGreaterThan(0);
    for (const { source, version } of providers) {
      expect(source).toMatch(/^registry\.opentofu\.org\/hashicorp\/[a-z]+$/);
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe('the modules', () => {
  it.each(['account', 'base'] as const)(
    '%s names no install, and leaves only the place of its state open',
    async (stack) => {
      const text = await synthesised(sampleRequests[stack], 'first');
      expect(text).not.toMatch(/acme|123456789012/);
      expect(JSON.parse(text).terraform.backend).toEqual({ s3: { use_lockfile: true } });
    },
  );

  it.each(['account', 'base'] as const)(
    '%s is complete for cdktf deploy: values as defaults, and its state’s place',
    async (stack) => {
      const request = filledIn(stack, sampleInputs[stack], 's3');
      const document = JSON.parse(await synthesised(request, 'filled-in'));
      expect(document.terraform.backend.s3).toEqual({
        bucket: 'lf-acme-123456789012-state',
        key: `${stack}/terraform.tfstate`,
        region: 'eu-central-1',
        use_lockfile: true,
      });
      expect(document.variable.install_id.default).toBe('acme');
    },
  );

  it('gives every variable a description, and none that decides an access a value that opens it to outside', async () => {
    for (const stack of ['account', 'base'] as const) {
      const { variable } = JSON.parse(await synthesised(sampleRequests[stack], 'first'));
      const variables = Object.entries<{ description: string; nullable: boolean }>(variable);
      const unsaid = variables.filter(([, { description, nullable }]) => description.length < 10 || nullable);
      expect(unsaid).toEqual([]);
      if (stack === 'base') expect(variable.public_endpoint_cidrs.default).toEqual([]);
      else expect(variable.external_id.default).toBe('');
    }
  });
});

describe('the hand-off for Terraform users', () => {
  it('never takes back a runner that has upgraded itself, and holds no token', async () => {
    const text = await synthesised(sampleRequests.kubernetes, 'first');
    expect(JSON.parse(text).resource.helm_release.runner.lifecycle).toEqual({ ignore_changes: 'all' });
    expect(text).not.toMatch(/join-?token|password/i);
  });
});
