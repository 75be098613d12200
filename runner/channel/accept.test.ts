import { describe, expect, it } from 'vitest';
import {
  type Envelope,
  type JsonObject,
  LandfallError,
  envelopeSchema,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import { type Guards, type Highest, acceptDesiredState, acceptRequests, openDesiredState } from './accept.ts';
import { openRelease } from './accept-release.ts';
import {
  controlPlaneKey,
  desiredDocument,
  pipelineKey,
  releaseDocument,
  releaseFrom,
  signedDesired,
  signedRelease,
  signedRequests,
  strangersKey,
  tampered,
  targetOf,
} from './testing/documents.ts';
import { releaseTargetSchema } from '../../contract/index.ts';

const verifier = pinnedKeysVerifier([controlPlaneKey.publicKeyPem]);
const now = new Date('2026-01-06T00:00:00.000Z');
const highest: Highest = { sequence: 4, payload: 'sha256:before' };
const accept = (envelope: Envelope, guards: Guards = {}, before: Highest = highest) =>
  acceptDesiredState(envelope, { install: 'acme', product: 'shop', verifier, highest: before, now, guards });

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof LandfallError ? error.code : String(error)),
  );

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const withDepth = (depth: number): string =>
  JSON.stringify(desiredDocument()).replace('"inputs":{}', `"inputs":${nested(depth)}`);

describe('a desired state', () => {
  it('that is genuine and newer is accepted', async () => {
    const { kind, desired } = await accept(await signedDesired());
    expect([kind, desired.sequence]).toEqual(['newer', 5]);
  });

  it('that is in force already is the same, not a refusal', async () => {
    const envelope = await signedDesired();
    const { payload } = await accept(envelope);
    expect((await accept(envelope, {}, { sequence: 5, payload })).kind).toBe('same');
  });

  type Attack = [name: string, code: string, guard: keyof Guards, make: () => Promise<Envelope>];
  const attacks: Attack[] = [
    [
      'changed on its way',
      'LF-CONTRACT-006',
      'signature',
      async () => tampered(await signedDesired(), desiredDocument({ inputs: { replicas: 99 } })),
    ],
    ['signed by a stranger', 'LF-CONTRACT-006', 'signature', () => signedDesired(desiredDocument(), strangersKey)],
    [
      'signed by the pipeline, which may sign releases only',
      'LF-CONTRACT-006',
      'signature',
      () => signedDesired(desiredDocument(), pipelineKey),
    ],
    [
      "meant for another customer's install",
      'LF-RUNNER-051',
      'install',
      () => signedDesired(desiredDocument({ install: 'globex' })),
    ],
    [
      'naming a release of another product of the vendor',
      'LF-RUNNER-070',
      'product',
      async () =>
        signedDesired(desiredDocument({ release: targetOf(await signedRelease(), { product: 'warehouse' }) })),
    ],
    ['with a lower sequence', 'LF-RUNNER-052', 'sequence', () => signedDesired(desiredDocument({ sequence: 3 }))],
    [
      'with the same sequence and other contents',
      'LF-RUNNER-052',
      'sequence',
      () => signedDesired(desiredDocument({ sequence: 4 })),
    ],
    [
      'that has expired',
      'LF-RUNNER-053',
      'expiry',
      () => signedDesired(desiredDocument({ expiresAt: '2026-01-05T23:59:59.999Z' })),
    ],
    [
      'with a critical feature nobody here knows',
      'LF-CONTRACT-005',
      'critical',
      () => signedDesired(desiredDocument({ critical: ['time-travel'] })),
    ],
    [
      'that is oversized',
      'LF-CONTRACT-001',
      'size',
      () => signedDesired(desiredDocument({ inputs: { big: 'x'.repeat(600_000) } })),
    ],
    ['that is deeply nested', 'LF-CONTRACT-002', 'depth', () => signedDesired(withDepth(40))],
  ];

  it.each(attacks)('%s is refused with %s', async (_name, code, _guard, make) => {
    expect(await codeOf(accept(await make()))).toBe(code);
  });

  it.each(attacks)('%s: with that guard off (%s) the attack succeeds', async (_name, _code, guard, make) => {
    expect(await codeOf(accept(await make(), { [guard]: false }))).toBe('accepted');
  });

  it('that is nested too deeply even to be parsed is refused before anything is built of it', async () => {
    expect(await codeOf(accept(await signedDesired(withDepth(50_000))))).toBe('LF-CONTRACT-002');
  });

  it('loaded again after a restart may have expired meanwhile, but not changed its install or its signature', async () => {
    const context = { install: 'acme', verifier };
    const expired = await signedDesired(desiredDocument({ expiresAt: '2020-01-01T00:00:00.000Z' }));
    expect(await codeOf(openDesiredState(expired, context))).toBe('accepted');
    expect(await codeOf(openDesiredState(await signedDesired(desiredDocument({ install: 'globex' })), context))).toBe(
      'LF-RUNNER-051',
    );
    expect(await codeOf(openDesiredState(tampered(expired, desiredDocument()), context))).toBe('LF-CONTRACT-006');
  });
});

describe('a release', () => {
  const releases = pinnedKeysVerifier([pipelineKey.publicKeyPem]);
  type Case = { bytes: Awaited<ReturnType<typeof signedRelease>>; target: JsonObject };
  const open = ({ bytes, target }: Case, guards: Guards = {}) =>
    openRelease(bytes, releaseTargetSchema.parse(target), releases, guards);
  const genuine = async (): Promise<Case> => {
    const bytes = await signedRelease();
    return { bytes, target: targetOf(bytes) };
  };

  it('that is the one named is opened', async () => {
    expect((await open(await genuine())).version).toBe('1.0.0');
  });

  type Attack = [name: string, code: string, guard: keyof Guards, make: () => Promise<Case>];
  const attacks: Attack[] = [
    [
      'signed by the control plane, which may sign desired states only',
      'LF-CONTRACT-006',
      'signature',
      async () => {
        const bytes = await signedRelease(releaseDocument(), controlPlaneKey);
        return { bytes, target: targetOf(bytes) };
      },
    ],
    [
      'changed by the registry together with its digests',
      'LF-CONTRACT-006',
      'signature',
      async () => {
        const { bytes } = await genuine();
        const envelope = envelopeSchema.parse(JSON.parse(bytes.envelope.toString()));
        const forged = releaseFrom(tampered(envelope, releaseDocument({ title: 'Evil' })));
        return { bytes: forged, target: targetOf(forged) };
      },
    ],
    [
      'swapped for another genuine one by the registry',
      'LF-RUNNER-054',
      'target',
      async () => {
        const { target } = await genuine();
        return { bytes: await signedRelease(releaseDocument({ version: '0.9.0' })), target };
      },
    ],
    [
      'whose envelope was swapped below its manifest',
      'LF-RUNNER-054',
      'target',
      async () => {
        const { bytes, target } = await genuine();
        const { envelope } = await signedRelease(releaseDocument({ version: '0.9.0' }));
        return { bytes: { manifest: bytes.manifest, envelope }, target };
      },
    ],
    [
      'of another version than the desired state says',
      'LF-RUNNER-054',
      'target',
      async () => {
        const { bytes } = await genuine();
        return { bytes, target: targetOf(bytes, { version: '2.0.0' }) };
      },
    ],
    [
      'with a critical feature nobody here knows',
      'LF-CONTRACT-005',
      'critical',
      async () => {
        const bytes = await signedRelease(releaseDocument({ critical: ['quantum'] }));
        return { bytes, target: targetOf(bytes) };
      },
    ],
    [
      'that is deeply nested',
      'LF-CONTRACT-002',
      'depth',
      async () => {
        const bytes = await signedRelease(
          JSON.stringify(releaseDocument()).replace('"type":"object"', `"type":"object","x":${nested(80)}`),
        );
        return { bytes, target: targetOf(bytes) };
      },
    ],
    [
      'that is oversized',
      'LF-CONTRACT-001',
      'size',
      async () => {
        const bytes = await signedRelease(
          releaseDocument({ inputs: { schema: { type: 'object', pad: 'x'.repeat(4_300_000) } } }),
        );
        return { bytes, target: targetOf(bytes) };
      },
    ],
  ];

  it.each(attacks)('%s is refused with %s', async (_name, code, _guard, make) => {
    expect(await codeOf(open(await make()))).toBe(code);
  });

  it.each(attacks)('%s: with that guard off (%s) the attack succeeds', async (_name, _code, guard, make) => {
    expect(await codeOf(open(await make(), { [guard]: false }))).toBe('accepted');
  });
});

describe('a list of requests', () => {
  const context = { install: 'acme', verifier, now, highest: 4 };
  const list = { sequence: 5, requests: [] };

  it('has a sequence of its own, and one seen before is not read again', async () => {
    expect((await acceptRequests(await signedRequests(list), context))?.sequence).toBe(5);
    expect(await acceptRequests(await signedRequests({ ...list, sequence: 4 }), context)).toBe(null);
    expect(await codeOf(acceptRequests(await signedRequests({ ...list, sequence: 3 }), context))).toBe('LF-RUNNER-052');
  });

  it('is never taken from a desired state, nor the other way round', async () => {
    expect(await codeOf(acceptRequests(await signedDesired(), context))).toBe('LF-CONTRACT-009');
    expect(await codeOf(accept(await signedRequests(list)))).toBe('LF-CONTRACT-009');
  });
});
