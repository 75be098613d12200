import { describe, expect, it } from 'vitest';
import { escalationPaths } from './escalation-paths.ts';
import { boundary, type NamedStatements, policiesOf, sampleValues } from './policies.ts';
import { isAllowed } from './simulate.ts';

const holders = ['install', 'runner', 'upgrade', 'teardown'] as const;
const careless = (action: string): NamedStatements => ({
  name: 'careless',
  statements: [
    { sid: 'Careless', effect: 'Allow', actions: [action], resources: ['*'], reason: 'the twin of a test', phases: [] },
  ],
});

describe.each(escalationPaths)('$name', (path) => {
  const asked = (holder: string): typeof path & { principal: string } => ({
    ...path,
    principal: `arn:aws:sts::${sampleValues.account}:assumed-role/lf-acme-${holder}/session`,
  });

  it.each(holders)('is denied to the %s role, in every mode', async (holder) => {
    const allowed: string[] = [];
    for (const mode of ['full', 'vpc', 'cluster'] as const) {
      const identity = policiesOf(holder, { mode, principal: 'codebuild' });
      if (await isAllowed(asked(holder), { identity, boundary, values: sampleValues })) allowed.push(mode);
    }
    expect(allowed).toEqual([]);
  });

  it.each(holders)('would work for the %s role with one careless statement and no boundary', async (holder) => {
    const identity = [...policiesOf(holder), careless(path.action)];
    expect(await isAllowed(asked(holder), { identity, values: sampleValues })).toBe(true);
  });
});

/** Held by what the policies leave out; what a release asks for is added to them only after the customer has read it. */
const notHeldByBoundary = new Set([
  'hand the runner role to a machine of one’s own',
  'make a service-linked role of another service',
  'enter another cluster of the account',
  'start a machine that no template of ours describes',
  'start a machine from a foreign launch template',
  'put user data into a foreign launch template',
  'swap the profile of a machine',
  'change the code of a function',
  'let an outsider call a function',
  'decrypt with a foreign key',
  'read a log',
  'mark a foreign VPC as ours',
  'mark a foreign security group as ours',
  'mark a foreign launch template as ours',
  'delete a foreign VPC',
  'delete an untagged VPC',
  'take a foreign address off its machine',
  'open a foreign security group',
  'bend a foreign route table',
]);

describe('the boundary, over a role that may do everything,', () => {
  it.each(escalationPaths.map((path) => [path.name, path] as const))('decides on: %s', async (name, path) => {
    const allowed = await isAllowed(path, { identity: [careless('*')], boundary, values: sampleValues });
    expect(allowed).toBe(notHeldByBoundary.has(name));
  });
});
