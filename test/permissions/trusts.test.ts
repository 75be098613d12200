import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import { renderTrustForPeople, type Trust, type TrustKind, trusts } from '../../stacks/index.ts';
import { sampleValues } from './policies.ts';

type Asker = { principal: string; context?: Record<string, string>; action?: string };
/** `open`: what of the trust would have to be missing for the attack to work. */
type Attack = [why: string, asker: Asker, open: (trust: Trust) => Trust];

const { account, 'external-id': externalId, 'vendor-principal': vendor } = sampleValues;
const project = (name: string, owner = account): string => `arn:aws:codebuild:eu-central-1:${owner}:project/${name}`;
const session = (role: string): string => `arn:aws:sts::${account}:assumed-role/${role}/session`;
const before = '2026-01-01T00:00:00Z';
const after = '2031-01-01T00:00:00Z';
const job = (sourceArn: string, more: Record<string, string> = {}): Asker => ({
  principal: 'codebuild.amazonaws.com',
  context: { 'aws:SourceAccount': account, 'aws:SourceArn': sourceArn, ...more },
});
const pod = (more: Record<string, string> = {}): Asker => ({
  principal: 'pods.eks.amazonaws.com',
  context: {
    'aws:RequestTag/eks-cluster-arn': `arn:aws:eks:eu-central-1:${account}:cluster/lf-acme`,
    'aws:RequestTag/kubernetes-namespace': 'landfall-system',
    'aws:RequestTag/kubernetes-service-account': 'landfall-runner',
    ...more,
  },
});

const unconditional = ({ conditions: _gone, ...trust }: Trust): Trust => trust;
const anybodyElse =
  (principal: Trust['principal']) =>
  (trust: Trust): Trust => ({ ...trust, principal });

const cases: readonly [TrustKind, right: Asker, attacks: Attack[]][] = [
  [
    'install-vendor',
    { principal: vendor, context: { 'sts:ExternalId': externalId } },
    [
      ['a wrong ExternalId', { principal: vendor, context: { 'sts:ExternalId': 'wrong' } }, unconditional],
      ['no ExternalId', { principal: vendor }, unconditional],
      [
        'the date gone by',
        { principal: vendor, context: { 'sts:ExternalId': externalId, 'aws:CurrentTime': after } },
        unconditional,
      ],
      [
        'another role of the vendor',
        { principal: 'arn:aws:iam::999999999999:role/other', context: { 'sts:ExternalId': externalId } },
        anybodyElse({ aws: 'arn:aws:iam::999999999999:role/other' }),
      ],
      [
        'a foreign account that knows the ExternalId',
        { principal: 'arn:aws:iam::888888888888:role/vendor-installer', context: { 'sts:ExternalId': externalId } },
        anybodyElse({ aws: '*' }),
      ],
    ],
  ],
  [
    'install-codebuild',
    job(project('lf-acme-bootstrap')),
    [
      ['another job of the account', job(project('nightly')), unconditional],
      ['a job whose name only begins so', job(project('lf-acme-bootstrap-2')), unconditional],
      [
        'a job of the same name in a foreign account',
        job(project('lf-acme-bootstrap', '888888888888'), { 'aws:SourceAccount': '888888888888' }),
        unconditional,
      ],
      ['the date gone by', job(project('lf-acme-bootstrap'), { 'aws:CurrentTime': after }), unconditional],
      [
        'another service',
        { ...job(project('lf-acme-bootstrap')), principal: 'lambda.amazonaws.com' },
        anybodyElse({ service: 'lambda.amazonaws.com' }),
      ],
      ['the vendor', { principal: vendor, context: { 'sts:ExternalId': externalId } }, () => trusts['install-vendor']],
    ],
  ],
  [
    'runner',
    pod(),
    [
      ['another service account', pod({ 'aws:RequestTag/kubernetes-service-account': 'gateway' }), unconditional],
      ['another namespace', pod({ 'aws:RequestTag/kubernetes-namespace': 'shop' }), unconditional],
      [
        'another cluster of the account',
        pod({ 'aws:RequestTag/eks-cluster-arn': `arn:aws:eks:eu-central-1:${account}:cluster/theirs` }),
        unconditional,
      ],
    ],
  ],
  [
    'upgrade',
    { principal: `arn:aws:iam::${account}:role/lf-acme-runner` },
    [
      ...['install', 'teardown', 'node'].map((role): Attack => [
        `the ${role} role`,
        { principal: session(`lf-acme-${role}`) },
        anybodyElse({ aws: `arn:aws:iam::${account}:role/lf-acme-${role}` }),
      ]),
      [
        'the runner of another install',
        { principal: session('lf-other-runner') },
        anybodyElse({ aws: `arn:aws:iam::${account}:role/lf-other-runner` }),
      ],
      ['the vendor', { principal: vendor }, anybodyElse({ aws: vendor })],
    ],
  ],
  [
    'teardown',
    { principal: `arn:aws:iam::${account}:user/admin` },
    [
      ...['runner', 'install', 'upgrade'].map((role): Attack => [
        `the ${role} role`,
        {
          principal: session(`lf-acme-${role}`),
          context: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/lf-acme-${role}` },
        },
        unconditional,
      ]),
      ['the vendor', { principal: vendor }, anybodyElse({ aws: 'arn:aws:iam::999999999999:root' })],
      [
        'an admin of a foreign account',
        { principal: 'arn:aws:iam::888888888888:user/admin' },
        anybodyElse({ aws: 'arn:aws:iam::888888888888:root' }),
      ],
    ],
  ],
];

/** Whoever asks may ask: their own policies allow it, so that the trust alone decides. */
async function becomes(trust: Trust, asker: Asker): Promise<boolean> {
  const own = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] };
  const service = asker.principal.endsWith('.amazonaws.com');
  const result = await runSimulation(
    {
      request: {
        principal: asker.principal,
        action: 'sts:AssumeRole',
        resource: { resource: `arn:aws:iam::${account}:role/lf-acme-any`, accountId: account },
        contextVariables: {
          'aws:CurrentTime': before,
          ...(service ? {} : { 'aws:PrincipalArn': asker.principal }),
          ...asker.context,
        },
      },
      identityPolicies: service ? [] : [{ name: 'own', policy: own }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: JSON.parse(renderTrustForPeople(trust, sampleValues)),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}

describe.each(cases)('the trust %s', (kind, right, attacks) => {
  it('lets in whom it is for', async () => {
    expect(await becomes(trusts[kind], right)).toBe(true);
  });

  it.each(attacks)('refuses %s; with that guard gone it would not', async (_, asker, open) => {
    expect(await becomes(trusts[kind], asker)).toBe(false);
    expect(await becomes(open(trusts[kind]), asker)).toBe(true);
  });
});
