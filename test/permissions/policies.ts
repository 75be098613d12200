import {
  guardPolicies,
  type Mode,
  type PlaceholderValues,
  type PolicyHolder,
  policyWhen,
  renderForPeople,
  statementsOf,
} from '../../stacks/index.ts';

export type NamedStatements = { name: string; statements: (typeof guardPolicies)['boundary'] };

/** Which policies are attached: as `policyWhen` says for this install. */
export type Install = { mode: Mode; principal?: 'vendor' | 'codebuild'; census?: boolean };

/** The policies that the holder has in this install. */
export function policiesOf(holder: PolicyHolder, install: Install = { mode: 'full' }): NamedStatements[] {
  return Object.entries(statementsOf(holder))
    .filter(([name]) => {
      const when = policyWhen[name] ?? {};
      if (when.modes !== undefined && !when.modes.includes(install.mode)) return false;
      if (when.principal !== undefined && when.principal !== (install.principal ?? 'vendor')) return false;
      return when.option === undefined || install.census !== false;
    })
    .map(([name, statements]) => ({ name, statements }));
}

export const boundary: NamedStatements = { name: 'boundary', statements: guardPolicies.boundary };

/** One statement of one policy, gone: what then still works was not held by it alone. */
export function without(policies: readonly NamedStatements[], policy: string, sid: string): NamedStatements[] {
  return policies.map(({ name, statements }) => ({
    name,
    statements: name === policy ? statements.filter((statement) => statement.sid !== sid) : statements,
  }));
}

export function document({ name, statements }: NamedStatements, values: PlaceholderValues): unknown {
  return JSON.parse(renderForPeople(name, statements, values));
}

/** An install of these tests, as the stand-in's account names things. */
export const sampleValues: PlaceholderValues = {
  prefix: 'lf-acme',
  account: '123456789012',
  region: 'eu-central-1',
  partition: 'aws',
  cluster: 'lf-acme',
  install: 'acme',
  'state-key': 'arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-4111-8111-111111111111',
  'cluster-key': 'arn:aws:kms:eu-central-1:123456789012:key/22222222-2222-4222-8222-222222222222',
  'expires-at': '2030-01-31T12:00:00.000Z',
  'external-id': 'e'.repeat(24),
  'vendor-principal': 'arn:aws:iam::999999999999:role/vendor-installer',
  'bootstrap-project': 'lf-acme-bootstrap',
  boundary: 'arn:aws:iam::123456789012:policy/lf-acme-boundary',
};
