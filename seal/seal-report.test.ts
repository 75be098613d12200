import { describe, expect, it } from 'vitest';
import {
  type KnownPrincipal,
  generateKeyPair,
  installIdSchema,
  localSigner,
  digestOfSeal,
  openSeal,
  pinnedKeysVerifier,
  signSeal,
} from '../contract/index.ts';
import type { Census } from './census.ts';
import { compareSeals } from './compare-seals.ts';
import { isKnown, sealReport } from './seal-report.ts';

const own = '123456789012';
const other = '999999999999';
const install = installIdSchema.parse('acme');
const role = `arn:aws:iam::${own}:role/lf-acme-x`;

type Place = Census['places'][number];
const place = (change: Partial<Place> = {}): Place => ({
  ...{ name: 'iam', looked: 3, outside: [], services: [], notVisible: [], unreadable: [], notes: [] },
  ...change,
});
const census = (places: Place[], change: Partial<Census> = {}): Census => ({
  account: own,
  regions: ['eu-central-1'],
  at: new Date('2026-01-05T09:00:00Z'),
  observer: `arn:aws:sts::${own}:assumed-role/lf-acme-runner/x`,
  installRole: 'gone',
  people: { users: 0, withAccessKey: 0, withPassword: 0 },
  places,
  ...change,
});
const outsider = (principal = other, where = role) => ({
  ...({ kind: 'aws', principal, where, via: 'trust policy' } as const),
  conditions: [],
});
const report = (given: Census, known: KnownPrincipal[] = []) => sealReport(given, { install, known, previous: null });

describe('the verdict', () => {
  type Row = [when: string, census: Census, known: KnownPrincipal[], verdict: string];
  const rows: Row[] = [
    ['nobody from outside is there', census([place()]), [], 'sealed'],
    ['somebody is', census([place({ outside: [outsider()] })]), [], 'open'],
    ['the customer knows them', census([place({ outside: [outsider()] })]), [{ principal: other }], 'sealed'],
    ['the customer knows others', census([place({ outside: [outsider()] })]), [{ principal: '111111111111' }], 'open'],
    [
      'the customer knows them elsewhere',
      census([place({ outside: [outsider()] })]),
      [{ principal: other, where: 'arn:x' }],
      'open',
    ],
    ['the install role is there', census([place()], { installRole: 'present' }), [], 'open'],
    ['nobody knows whether it is', census([place()], { installRole: 'unknown' }), [], 'incomplete'],
    ['there never was one', census([place()], { installRole: 'none' }), [], 'sealed'],
    ['a place is not visible', census([place({ notVisible: ['roles: AccessDenied'] })]), [], 'incomplete'],
    ['a policy is unreadable', census([place({ unreadable: ['x'] })]), [], 'incomplete'],
    ['somebody is there and more is hidden', census([place({ outside: [outsider()], notVisible: ['x'] })]), [], 'open'],
    [
      'services are there',
      census([place({ services: [{ principal: 's3', where: 'x', via: 'x', bound: false }] })]),
      [],
      'sealed',
    ],
  ];
  it.each(rows)('when %s', (_when, given, known, verdict) => {
    expect(report(given, known).verdict).toBe(verdict);
  });

  it('does not become sealed because the list was cut', () => {
    const many = Array.from({ length: 201 }, (_, i) => outsider(other, `${role}${i}`));
    const cut = report(census([place({ outside: [...many, outsider('111111111111')] })]), [{ principal: other }]);
    expect(cut.places[0]?.outside.length).toBe(200);
    expect(cut.places[0]?.outside[0]?.principal).toBe('111111111111');
    expect(cut.verdict).toBe('open');
  });
});

describe('whom the customer knows', () => {
  it('everybody ("*") only on the one resource that is named', () => {
    const anyone = { principal: '*', where: role };
    expect(isKnown(anyone, [{ principal: '*' }])).toBe(false);
    expect(isKnown(anyone, [{ principal: '*', where: 'arn:other' }])).toBe(false);
    expect(isKnown(anyone, [{ principal: '*', where: role }])).toBe(true);
  });

  const at = (principal: string) => ({ principal, where: role });
  it('an account with its principals, but an identity provider of it only by its own name', () => {
    expect(isKnown(at(`arn:aws:iam::${other}:role/a`), [{ principal: other }])).toBe(true);
    expect(isKnown(at(other), [{ principal: `arn:aws:iam::${other}:root` }])).toBe(true);
    expect(isKnown(at(other), [{ principal: `arn:aws:iam::${other}:role/a` }])).toBe(false);
    const saml = `arn:aws:iam::${own}:saml-provider/corp`;
    expect(isKnown(at(saml), [{ principal: own }])).toBe(false);
    expect(isKnown(at(saml), [{ principal: saml }])).toBe(true);
  });
});

describe('what changed since the last seal', () => {
  it('is told once, and is an alarm when somebody came in or something went out of sight', () => {
    const before = report(census([place(), place({ name: 's3' })]));
    const now = report(
      census([place({ outside: [outsider()] }), place({ name: 's3', notVisible: ['buckets: AccessDenied'] })], {
        installRole: 'present',
      }),
    );
    const reasons = (from: typeof before | null, to: typeof before) =>
      compareSeals(from, to).map(({ reason, alarm }) => [reason, alarm]);
    const all = [
      ['InstallRoleReappeared', true],
      ['OutsidePrincipalFound', true],
      ['PlaceNotVisible', true],
    ];
    expect(reasons(before, now)).toEqual(all);
    expect(reasons(null, now)).toEqual(all);
    expect(reasons(now, now)).toEqual([]);
    expect(reasons(now, before)).toEqual([
      ['OutsidePrincipalGone', false],
      ['PlaceVisible', false],
    ]);
  });

  it('is an alarm when somebody who could enter can do so on other conditions', () => {
    const conditions = ['StringEquals sts:ExternalId'];
    const bound = report(census([place({ outside: [{ ...outsider(), conditions }] })]));
    const free = report(census([place({ outside: [outsider()] })]));
    expect(compareSeals(bound, free)).toMatchObject([{ reason: 'OutsidePrincipalFound', alarm: true }]);
    expect(compareSeals(bound, bound)).toEqual([]);
  });

  it('is an alarm when more can enter than the seal lists', () => {
    const many = (count: number) =>
      report(census([place({ outside: Array.from({ length: count }, (_, i) => outsider(other, `${role}${i}`)) })]));
    expect(compareSeals(many(200), many(201))).toMatchObject([{ reason: 'OutsidePrincipalFound', alarm: true }]);
    expect(compareSeals(many(201), many(201))).toEqual([]);
  });

  it('is nothing when a stranger has become known, beyond that he is no stranger any more', () => {
    const given = census([place({ outside: [outsider()] })]);
    expect(compareSeals(report(given), report(given, [{ principal: other }])).map(({ alarm }) => alarm)).toEqual([
      false,
    ]);
  });
});

describe('a signed seal', () => {
  const runner = generateKeyPair();
  it('opens with the key of the runner alone, and not when a letter was changed', async () => {
    const seal = report(census([place({ outside: [outsider()] })]));
    const envelope = await signSeal(seal, localSigner(runner.privateKeyPem));
    const verifier = pinnedKeysVerifier([runner.publicKeyPem]);
    expect(await openSeal(envelope, verifier)).toEqual(seal);
    expect(digestOfSeal(envelope)).toMatch(/^sha256:/);
    const forged = {
      ...envelope,
      payload: Buffer.from(JSON.stringify({ ...seal, verdict: 'sealed' })).toString('base64'),
    };
    await expect(openSeal(forged, verifier)).rejects.toMatchObject({ code: 'LF-SEAL-002' });
    const stranger = pinnedKeysVerifier([generateKeyPair().publicKeyPem]);
    await expect(openSeal(envelope, stranger)).rejects.toMatchObject({ code: 'LF-SEAL-002' });
    // The twin: without the key's check the forged verdict is read.
    expect(JSON.parse(Buffer.from(forged.payload, 'base64').toString())).toMatchObject({ verdict: 'sealed' });
  });
});
