import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackRequest, synthesise } from './synthesise.ts';
import { sampleRequests } from './testing/sample-inputs.ts';

const golden = join(import.meta.dirname, '..', 'test', 'golden', 'stacks');
const update = process.env['UPDATE_GOLDEN'] === '1';
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lf-stacks-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function synthesised(request: StackRequest, into: string): string {
  return readFileSync(join(synthesise({ ...request, outDir: join(dir, into) }).dir, 'cdk.tf.json'), 'utf8');
}

const rows: [StackRequest['stack'], StackRequest][] = Object.values(sampleRequests).map((request) => [
  request.stack,
  request,
]);

describe.each(rows)('stack %s', (stack, request) => {
  it('is what the golden file holds (UPDATE_GOLDEN=1 writes it)', () => {
    const file = join(golden, `${stack}.tf.json`);
    const text = synthesised(request, 'first');
    if (update) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('is the same byte for byte when synthesised again elsewhere', () => {
    expect(synthesised(request, 'second/elsewhere')).toBe(synthesised(request, 'first'));
  });

  it('names no folder, user or host of the machine it was made on', () => {
    const text = synthesised(request, 'first');
    const ofThisMachine = [dir, process.cwd(), import.meta.dirname, tmpdir(), hostname()];
    if (userInfo().username.length > 4) ofThisMachine.push(userInfo().username);
    for (const name of ofThisMachine) expect(text).not.toContain(name);
  });

  it('writes every provider source out in full', () => {
    const document = JSON.parse(synthesised(request, 'first'));
    const providers = Object.values<{ source: string; version: string }>(document.terraform.required_providers);
    expect(providers.length).toBeGreaterThan(0);
    for (const { source, version } of providers) {
      expect(source).toMatch(/^registry\.opentofu\.org\/hashicorp\/[a-z]+$/);
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('keeps its state in the bucket of the account, with a lock', () => {
    const { s3 } = JSON.parse(synthesised(request, 'first')).terraform.backend;
    expect(s3).toMatchObject({
      bucket: 'lf-acme-123456789012-state',
      key: `${stack}/terraform.tfstate`,
      use_lockfile: true,
    });
  });
});

describe('inputs', () => {
  const account = sampleRequests.account.inputs;
  it.each([
    ['a wildcard as the vendor', { vendorPrincipalArn: '*' }],
    ['a whole account as the vendor', { vendorPrincipalArn: 'arn:aws:iam::999999999999:root' }],
    ['a short ExternalId', { externalId: 'customer-1' }],
    ['a relative date', { installExpiresAt: '24h' }],
    ['an account that is no account', { accountId: '1234' }],
    ['an input nobody knows', { surprise: true }],
  ])('refuse %s', (_, wrong) => {
    const request = { stack: 'account', inputs: Object.assign(structuredClone(account), wrong) } as const;
    expect(() => synthesised(request, 'refused')).toThrow(/the inputs of stack account/);
  });

  it('refuse a VPC too small for three zones', () => {
    const request = { stack: 'base', inputs: { ...sampleRequests.base.inputs, vpcCidr: '10.0.0.0/24' } } as const;
    expect(() => synthesised(request, 'refused')).toThrow(/\/16 to \/20/);
  });
});

describe('the hand-off for Terraform users', () => {
  it('never takes back a runner that has upgraded itself, and holds no token', () => {
    const text = synthesised(sampleRequests.kubernetes, 'first');
    expect(JSON.parse(text).resource.helm_release.runner.lifecycle).toEqual({ ignore_changes: 'all' });
    expect(text).not.toMatch(/join-?token|password/i);
  });
});
