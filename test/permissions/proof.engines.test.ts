import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaseCounts, type PolicyHolder, statementsOf, unprovenStatements } from '../../stacks/index.ts';
import { type Need, anyDenied, changingCalls, denied, needsFor, needsOf } from './judge-calls.ts';
import { boundary, type Install, policiesOf, without } from './policies.ts';
import {
  callsOf,
  engines,
  openRecordedAccount,
  type RecordedAccount,
  type RecordedInstall,
} from './recorded-account.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { isAllowed } from './simulate.ts';

type Played = {
  scenario: Scenario;
  install: RecordedInstall;
  results: string[];
  needs: Record<Holder, Need[]>;
  changing: Need[][];
};

/** Roles whose calls are recorded here. The census and the preflight have proofs of their own: see `provenElsewhere`. */
const holders = ['install', 'runner', 'upgrade', 'teardown'] as const;
type Holder = (typeof holders)[number];

/** Policies whose statements are taken away one by one in another test. */
const provenElsewhere: Readonly<Record<string, string>> = {
  'runner-census': 'seal/rights.engines.test.ts',
};

describe.skipIf(!engines.available)(
  'the permissions, held against what install, upgrade and teardown really call,',
  () => {
    let account: RecordedAccount;
    const played: Played[] = [];

    beforeAll(async () => {
      account = await openRecordedAccount();
      for (const scenario of scenarios) {
        const { install, results } = await scenario.play(account);
        const calls = account.cloud.recording();
        const needs = (holder: Holder): Need[] => needsOf(callsOf(calls, `${install.values.prefix}-${holder}`));
        played.push({
          scenario,
          install,
          results,
          needs: {
            install: needs('install'),
            runner: needs('runner'),
            upgrade: needs('upgrade'),
            teardown: needs('teardown'),
          },
          changing: changingCalls(
            ['install', 'upgrade', 'teardown'].flatMap((role) => callsOf(calls, `${install.values.prefix}-${role}`)),
          ),
        });
      }
    }, 1_800_000);
    afterAll(() => account?.close());

    const the = (name: string): Played => {
      const found = played.find(({ scenario }) => scenario.name === name);
      if (found === undefined) throw new Error(`${name} was not played`);
      return found;
    };
    const rightsOf = ({ scenario, install }: Played, holder: PolicyHolder): ReturnType<typeof rights> =>
      // Without the census, whose reads would stand in for the runner's own.
      rights(policiesOf(holder, { mode: scenario.mode, census: false } satisfies Install), install);
    const rights = (identity: ReturnType<typeof policiesOf>, { values }: RecordedInstall) => ({
      identity,
      boundary,
      values,
    });

    describe.each(scenarios.map(({ name }) => name))('%s:', (name) => {
      it('the install’s second plan is empty, and the runner upgrades it', () => {
        expect(the(name).install.secondPlan.changed).toBe(false);
        expect(the(name).results).toEqual(['done', 'done']);
      });

      it.each(holders)('every right that the %s role’s calls needed is there', async (holder) => {
        const one = the(name);
        expect(one.needs[holder].length).toBeGreaterThan(5);
        expect(await denied(one.needs[holder], rightsOf(one, holder))).toEqual([]);
      });

      it('another install’s roles may make none of the calls that change this one', async () => {
        const one = the(name);
        const allowed: string[] = [];
        for (const other of played.filter((each) => each !== one)) {
          for (const holder of ['install', 'upgrade', 'teardown'] as const) {
            for (const needs of one.changing) {
              if (await anyDenied(needs, rightsOf(other, holder))) continue;
              allowed.push(`${other.scenario.name}’s ${holder}: ${needs[0]?.action} ${needs[0]?.resource}`);
            }
          }
        }
        expect(one.changing.length).toBeGreaterThan(5);
        expect(allowed).toEqual([]);
      });
    });

    const granting = holders.flatMap((holder) =>
      Object.entries(statementsOf(holder))
        .filter(([policy]) => !(policy in provenElsewhere))
        .flatMap(([policy, statements]) =>
          statements
            .filter(({ effect }) => effect === 'Allow')
            .map((statement) => ({ name: `${policy}/${statement.sid}`, holder, policy, statement })),
        ),
    );

    it.each(granting.map((each) => [each.name, each] as const))(
      'without the statement %s something is refused',
      async (name, { holder, policy, statement }) => {
        let refused = false;
        for (const one of played) {
          const { identity, ...rest } = rightsOf(one, holder);
          const left = { ...rest, identity: without(identity, policy, statement.sid) };
          refused ||= await anyDenied(needsFor(statement, one.needs[holder]), left);
        }
        expect(refused).toBe(!(name in unprovenStatements));
      },
    );

    it('the lists of what is not proven here name statements that exist', () => {
      const names = granting.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(Object.keys(unprovenStatements)));
    });

    it('the install role can do nothing after its date, in a session that still runs', async () => {
      const one = the('full');
      const late = { 'aws:CurrentTime': '2099-01-01T00:00:00Z' };
      const { identity, ...rest } = rightsOf(one, 'install');
      const allowedLate = async (policies: typeof identity): Promise<number> => {
        let count = 0;
        for (const need of one.needs.install) {
          if (await isAllowed({ ...need, context: { ...need.context, ...late } }, { ...rest, identity: policies }))
            count++;
        }
        return count;
      };
      expect(await allowedLate(identity)).toBe(0);
      expect(await allowedLate(without(identity, 'install-state', 'NothingAfterTheDate'))).toBe(
        one.needs.install.length,
      );
    });

    it.each(holders)('the %s role has no iam:CreateRole', async (holder) => {
      const one = the('full');
      const question = {
        action: 'iam:CreateRole',
        resource: `arn:aws:iam::${one.install.values.account}:role/another`,
      };
      expect(await isAllowed(question, rightsOf(one, holder))).toBe(false);
      expect(await isAllowed(question, { ...rightsOf(one, holder), boundary: undefined })).toBe(false);
    });

    it('says how many statements there are by phase', () => {
      console.table(phaseCounts());
      expect(Object.keys(phaseCounts())).toHaveLength(7);
    });
  },
);
