import { describe, expect, it } from 'vitest';
import type { Clock } from '../../contract/index.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import type { Effects } from '../ports.ts';
import type { InstallRole, ProbeResult } from './access.ts';
import { type EndingFacts, decideEnding, freshRecord } from './decide.ts';
import { createEnding } from './ending.ts';

const role = (changes: Partial<InstallRole> = {}): InstallRole => ({
  roleId: 'AROA1',
  denied: false,
  attachedPolicies: [],
  inlinePolicies: [],
  ...changes,
});
const cut = role({ denied: true });
const facts = (changes: Partial<EndingFacts>): EndingFacts => ({
  missing: [],
  accessEntry: false,
  role: role(),
  after: null,
  record: { ...freshRecord, before: 'allowed' },
  ...changes,
});
const record = (changes: Partial<EndingFacts['record']>) => ({
  ...freshRecord,
  before: 'allowed' as const,
  ...changes,
});

describe('what the ending does next', () => {
  type Row = [when: string, facts: Partial<EndingFacts>, then: object];
  const rows: Row[] = [
    [
      'something of the runner is missing',
      { missing: ['the lock'], accessEntry: true },
      { kind: 'wait', message: 'first: the lock' },
    ],
    ['nothing was taken yet', { record: freshRecord, accessEntry: true }, { kind: 'probe', when: 'before' }],
    [
      'the cluster still lets the role in',
      { accessEntry: true, role: role({ attachedPolicies: ['arn:p'] }) },
      { kind: 'remove-access-entry' },
    ],
    [
      'the role has policies',
      { role: role({ attachedPolicies: ['arn:p'], inlinePolicies: ['own'] }) },
      { kind: 'cut-policies', deny: true, detach: ['arn:p'], remove: ['own'] },
    ],
    ['only the denial is missing', { role: role() }, { kind: 'cut-policies', deny: true, detach: [], remove: [] }],
    [
      'a policy came back after the denial',
      { role: role({ denied: true, attachedPolicies: ['arn:p'] }) },
      { kind: 'cut-policies', deny: false, detach: ['arn:p'] },
    ],
    ['all is cut and not tried', { role: cut }, { kind: 'probe', when: 'after' }],
    ['the old session is still let in', { role: cut, after: 'allowed' }, { kind: 'wait', step: 'ProbingOldSession' }],
    [
      'the old session is refused',
      { role: cut, after: 'refused' },
      { kind: 'delete-role', proof: expect.stringContaining('refused after') },
    ],
    [
      'the probe ran out',
      { role: cut, after: 'expired' },
      { kind: 'delete-role', proof: expect.stringContaining('proves nothing') },
    ],
    [
      'there never was a probe',
      { role: cut, record: record({ before: 'none' }) },
      { kind: 'delete-role', proof: expect.stringContaining('no old session') },
    ],
    [
      'the session was refused before already',
      { role: cut, record: record({ before: 'refused' }) },
      { kind: 'delete-role', proof: expect.stringContaining('no old session') },
    ],
    [
      'it was killed between denial and deletion',
      { role: role(), record: record({ proof: 'seen' }) },
      { kind: 'delete-role', proof: 'seen' },
    ],
    ['the role is gone', { role: null, record: record({ proof: 'seen' }) }, { kind: 'record-done', proof: 'seen' }],
    ['the role never was', { role: null, record: freshRecord }, { kind: 'record-done' }],
    ['it is done', { role: null, record: record({ done: true }) }, { kind: 'nothing' }],
    [
      'the role is there again',
      { role: role({ roleId: 'AROA2' }), record: record({ done: true }) },
      { kind: 'alarm', what: 'AROA2' },
    ],
    [
      'that was told already',
      { role: role({ roleId: 'AROA2' }), record: record({ done: true, alarmed: ['AROA2'] }) },
      { kind: 'nothing' },
    ],
    [
      'the access entry is there again',
      { role: null, accessEntry: true, record: record({ done: true }) },
      { kind: 'alarm', what: 'access-entry' },
    ],
  ];
  it.each(rows)('when %s', (_when, given, then) => {
    expect(decideEnding(facts(given))).toMatchObject(then);
  });
});

/** An account in memory: the role with its sessions, and the cluster's access entry. */
function account() {
  const world = {
    entry: true,
    role: role({ attachedPolicies: ['arn:admin', 'arn:boundary'], inlinePolicies: ['own'] }) as InstallRole | null,
    lagging: 0,
    calls: [] as string[],
    lockFails: false,
    dieAt: '',
  };
  const did = (call: string): Promise<void> => {
    world.calls.push(call);
    return world.dieAt === call ? Promise.reject(new Error('killed here')) : Promise.resolve();
  };
  const open = (): boolean => world.role !== null && !world.role.denied && world.role.attachedPolicies.length > 0;
  const setDenied = (denied: boolean): void => {
    if (world.role !== null) world.role.denied = denied;
  };
  const access = {
    hasAccessEntry: () => Promise.resolve(world.entry),
    deleteAccessEntry: () => did('delete-entry').then(() => void (world.entry = false)),
    readRole: () => Promise.resolve(world.role && structuredClone(world.role)),
    denyEverything: () => did('deny').then(() => setDenied(true)),
    liftDenial: () => did('lift').then(() => setDenied(false)),
    detachPolicy: (arn: string) =>
      did(`detach ${arn}`).then(() => {
        if (world.role !== null)
          world.role.attachedPolicies = world.role.attachedPolicies.filter((each) => each !== arn);
      }),
    deleteInlinePolicy: (name: string) =>
      did(`delete ${name}`).then(() => {
        if (world.role !== null) world.role.inlinePolicies = world.role.inlinePolicies.filter((each) => each !== name);
      }),
    // As IAM: a role with policies is not deleted (DeleteConflict).
    deleteRole: () =>
      did('delete-role').then(() => {
        const { denied = false, attachedPolicies = [], inlinePolicies = [] } = world.role ?? {};
        if (denied || attachedPolicies.length + inlinePolicies.length > 0) throw new Error('DeleteConflict');
        world.role = null;
      }),
  };
  const probe = (): Promise<ProbeResult> => {
    world.calls.push('probe');
    if (open()) return Promise.resolve('allowed');
    if (world.lagging > 0) {
      world.lagging--;
      return Promise.resolve('allowed');
    }
    return Promise.resolve('refused');
  };
  const kubernetes = createFakeKubernetes();
  const effects: Effects = {
    run: (_kind, _about, fn) => fn({ signal: new AbortController().signal, onSpawn: () => Promise.resolve() }),
  };
  const events: string[] = [];
  let now = 0;
  const usual: Clock = { now: () => new Date((now += 100_000)), sleep: () => Promise.resolve() };
  const start = (heard = true, clock = usual) =>
    createEnding({
      roleName: 'lf-acme-install',
      access,
      state: {
        proveReadAndLock: () => (world.lockFails ? Promise.reject(new Error('locked by another')) : Promise.resolve()),
      },
      probe,
      store: createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 }),
      effects,
      events: { event: ({ reason }) => events.push(reason), componentState: () => undefined, log: () => undefined },
      clock,
      missing: () => (heard ? [] : ['a word from the control plane']),
      onChange: () => undefined,
      stop: new AbortController().signal,
    });
  return { world, start, events };
}

describe('the ending', () => {
  it('goes in its order and proves that the old session is refused', async () => {
    const { world, start, events } = account();
    const ending = start();
    expect(await ending.pass()).toBe(true);
    expect(world.calls).toEqual([
      'probe',
      'delete-entry',
      'deny',
      'detach arn:admin',
      'detach arn:boundary',
      'delete own',
      'probe',
      'lift',
      'delete-role',
    ]);
    expect(ending.report()).toMatchObject({
      step: 'Done',
      done: true,
      message: expect.stringContaining('refused after'),
    });
    expect(events).toEqual(['InstallAccessEntryRemoved', 'InstallRoleCut', 'InstallRoleGone']);
  });

  it('touches nothing before the runner stands on its own', async () => {
    for (const broken of ['unheard', 'lock'] as const) {
      const { world, start } = account();
      world.lockFails = broken === 'lock';
      const ending = start(broken !== 'unheard');
      expect(await ending.pass()).toBe(false);
      expect(world.calls).toEqual([]);
      expect(ending.report()?.step).toBe('WaitingForRunner');
    }
  });

  it('does not delete the role while the old session is still let in', async () => {
    const { world, start } = account();
    world.lagging = 2;
    const ending = start();
    expect([await ending.pass(), await ending.pass()]).toEqual([false, false]);
    expect(world.role).not.toBe(null);
    expect(await ending.pass()).toBe(true);
  });

  it.each(['delete-entry', 'deny', 'detach arn:boundary', 'delete own', 'lift', 'delete-role'])(
    'is completed by the next runner when this one dies at "%s"',
    async (point) => {
      const { world, start } = account();
      world.dieAt = point;
      await expect(start().pass()).rejects.toMatchObject({ code: 'LF-RUNNER-067', temporary: true });
      world.dieAt = '';
      expect(await start().pass()).toBe(true);
      expect([world.role, world.entry]).toEqual([null, false]);
    },
  );

  it('alarms once when the role is there again, reports it, and deletes nothing then', async () => {
    const { world, start, events } = account();
    const ending = start();
    await ending.pass();
    world.calls = [];
    world.role = role({ roleId: 'AROA2', attachedPolicies: ['arn:admin'] });
    await ending.pass();
    await ending.pass();
    expect(events.filter((reason) => reason === 'InstallRoleReappeared')).toHaveLength(1);
    expect(ending.report()).toMatchObject({ step: 'Reappeared', done: false });
    expect(world.calls).toEqual([]);
  });

  it('watches on when the time of day is set back', async () => {
    const { world, start, events } = account();
    let elapsed = 0;
    let setBy = 0;
    const now = (): Date => new Date(Date.UTC(2026, 0, 6) + elapsed + setBy);
    const ending = start(true, { now, elapsed: () => elapsed, sleep: () => Promise.resolve() });
    await ending.pass();
    setBy = -5 * 3_600_000;
    elapsed += 100_000;
    world.role = role({ roleId: 'AROA2', attachedPolicies: ['arn:admin'] });
    await ending.pass();
    expect(events).toContain('InstallRoleReappeared');
  });
});
