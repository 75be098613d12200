import { describe, expect, it } from 'vitest';
import {
  type SealReport,
  apiVersion,
  generateKeyPair,
  localSigner,
  sealReportSchema,
  signSeal,
} from '../../contract/index.ts';
import { verifiedSeal } from './run-seal-verify.ts';

const now = new Date('2026-06-01T12:00:00.000Z');
const { privateKeyPem, publicKeyPem } = generateKeyPair();
const sealOf = (at: string): SealReport =>
  sealReportSchema.parse({
    ...{ apiVersion, kind: 'Seal', critical: [], install: 'acme', account: '123456789012', regions: ['eu-central-1'] },
    ...{ at, observer: 'arn:aws:iam::123456789012:user/me', installRole: 'gone', places: [] },
    people: { users: 0, withAccessKey: 0, withPassword: 0 },
    ...{ verdict: 'sealed', summary: 'Nobody from outside can enter the account.' },
  });

describe('landfall seal verify --max-age 48', () => {
  const ages: [string, string, string | null][] = [
    ['believes a seal of yesterday', '2026-05-31T12:00:00.000Z', null],
    ['refuses one of three days ago', '2026-05-29T12:00:00.000Z', 'LF-SEAL-002'],
    ['believes one of a clock half a minute ahead', '2026-06-01T12:00:30.000Z', null],
    ['refuses one of the future, which would never be too old', '2027-06-01T12:00:00.000Z', 'LF-SEAL-005'],
  ];
  it.each(ages)('%s', async (_name, at, code) => {
    const envelope = await signSeal(sealOf(at), localSigner(privateKeyPem));
    const verified = verifiedSeal(envelope, publicKeyPem, { of: 'acme', maxAge: '48', now });
    if (code === null) expect((await verified).at).toBe(at);
    else await expect(verified).rejects.toMatchObject({ code });
  });
});
