import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockAgent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  apiVersion,
  canonicalJson,
  envelopeSchema,
  generateKeyPair,
  jsonObjectSchema,
  localSigner,
  payloadTypes,
  systemClock,
} from '../../contract/index.ts';
import { createGate } from './gate.ts';
import { openLedger, readLedger } from './ledger.ts';
import { createRedactor } from './redact.ts';

const canary = 'canary-7f3e9d1c5b';
const account = '123456789012';
const sealOf = (change: object = {}) => ({
  ...{ apiVersion, kind: 'Seal', critical: [], install: 'acme', account, regions: ['eu-central-1'] },
  ...{ at: '2026-01-06T00:00:00.000Z', observer: `arn:aws:sts::${account}:assumed-role/runner/x` },
  ...{ installRole: 'gone', people: { users: 0, withAccessKey: 0, withPassword: 0 }, places: [] },
  ...{ verdict: 'sealed', summary: '', previous: null },
  ...change,
});

let dir: string;
let received: string[];
let agent: MockAgent;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-gate-seal-'));
  received = [];
  agent = new MockAgent();
  agent.disableNetConnect();
  agent
    .get('https://vendor.test')
    .intercept({ method: 'PUT', path: '/v1/installs/acme/seal' })
    .reply(204, ({ body }) => {
      received.push(Buffer.isBuffer(body) ? body.toString() : '');
      return '';
    })
    .persist();
});
afterEach(async () => {
  await agent.close();
  rmSync(dir, { recursive: true, force: true });
});

async function send(seal: object, guard = true): Promise<void> {
  const redactor = createRedactor({ literals: [canary], guard });
  const ledger = openLedger({ dir, clock: systemClock });
  const controlPlaneUrl = 'https://vendor.test';
  const gate = createGate({ install: 'acme', controlPlaneUrl, dispatcher: agent, ledger, redactor });
  const bytes = Buffer.from(canonicalJson(jsonObjectSchema.parse(seal)));
  const envelope = await localSigner(generateKeyPair().privateKeyPem).sign(payloadTypes.seal, bytes);
  await gate.send('seal', envelope, { signal: new AbortController().signal });
}
const sent = (): string[] =>
  received.map((body) => Buffer.from(envelopeSchema.parse(JSON.parse(body)).payload, 'base64').toString());

describe('a seal at the egress gate, which is signed and so cannot be redacted', () => {
  it('goes out byte for byte, and is in the ledger', async () => {
    await send(sealOf());
    expect(sent()).toEqual([canonicalJson(sealOf())]);
    expect(readLedger(dir)[0]).toMatchObject({ kind: 'seal', method: 'PUT', path: '/v1/installs/acme/seal' });
  });

  it('stays here when it has anything that a seal does not have', async () => {
    await expect(send(sealOf({ dump: 'x' }))).rejects.toThrow('expected shape');
    await expect(send({ kind: 'Other' })).rejects.toThrow('expected shape');
    expect([received, readLedger(dir)]).toEqual([[], []]);
  });

  it('stays here when it holds a secret of the runner; with the guard off the secret gets out', async () => {
    await expect(send(sealOf({ summary: canary }))).rejects.toMatchObject({ code: 'LF-RUNNER-061' });
    expect(received).toEqual([]);
    await send(sealOf({ summary: canary }), false);
    expect(sent()[0]).toContain(canary);
  });
});
