import * as z from 'zod';
import { type Clock, elapsedMs, LandfallError, type Report, describeError } from '../../contract/index.ts';
import type { Effects, EventSink, Store } from '../ports.ts';
import type { InstallRoleAccess, Probe, ProbeResult, StateAccess } from './access.ts';
import { type EndingAction, type EndingRecord, decideEnding, freshRecord } from './decide.ts';

export type EndingOptions = {
  roleName: string;
  access: InstallRoleAccess;
  state: StateAccess;
  probe: Probe;
  store: Store;
  effects: Effects;
  events: EventSink;
  clock: Clock;
  /** Of lease, enrolment and word from the control plane: what is still missing, in words. */
  missing: () => string[];
  /** The report's part changed. */
  onChange: () => void;
  stop: AbortSignal;
};

export type Ending = {
  /** One pass: as far as it goes now. True when there is nothing left to do. Throws LF-RUNNER-067 (temporary) when a step failed. */
  pass(): Promise<boolean>;
  report(): Report['ending'];
};

const recordSchema: z.ZodType<EndingRecord> = z.object({
  before: z.enum(['none', 'allowed', 'refused', 'expired']).nullable(),
  done: z.boolean(),
  proof: z.string(),
  alarmed: z.array(z.string()),
});

const documentName = 'ending';
/** Once done, the account is looked at again at most this often. */
const lookAgainMs = 60_000;
const mostSteps = 20;

/** Ends the install role's access for good, with the runner as the authority: tried again on every pass until it is done, watched afterwards. */
export function createEnding(options: EndingOptions): Ending {
  const { access, effects, store, clock, roleName, stop } = options;
  let report: Report['ending'] = null;
  let lastLook = Number.NEGATIVE_INFINITY;
  let proven = false;

  const tell = (step: string, done: boolean, message: string): void => {
    const next = { step, done, message: message.slice(0, 1000) };
    if (report !== null && report.step === step && report.done === done && report.message === next.message) return;
    report = next;
    options.onChange();
  };

  const load = async (): Promise<{ record: EndingRecord; revision: string | null }> => {
    const stored = await store.get(documentName, recordSchema);
    return { record: stored?.value ?? freshRecord, revision: stored?.revision ?? null };
  };
  const save = async (change: Partial<EndingRecord>): Promise<void> => {
    const { record, revision } = await load();
    await store.put(documentName, { ...record, ...change }, revision);
  };

  const missing = async (): Promise<string[]> => {
    const list = options.missing();
    if (list.length > 0 || proven) return list;
    try {
      await options.state.proveReadAndLock(stop);
      proven = true;
      return [];
    } catch (error) {
      return [`the runner's own access to the state bucket and its lock (${describeError(error)})`];
    }
  };

  const event = (reason: string, severity: 'normal' | 'warning', message: string): void =>
    options.events.event({ reason, component: null, severity, message });

  const act = async (action: EndingAction): Promise<ProbeResult | null> => {
    const run = (kind: Parameters<Effects['run']>[0], intent: string, fn: (signal: AbortSignal) => Promise<void>) =>
      effects.run(kind, { target: roleName, intent }, ({ signal }) => fn(signal));
    switch (action.kind) {
      case 'probe': {
        const result = await options.probe(stop);
        if (action.when === 'before') await save({ before: result });
        return result;
      }
      case 'remove-access-entry':
        tell('RemovingAccessEntry', false, `removing the cluster's access entry of ${roleName}`);
        await run('ending-access-entry', 'delete the access entry', (signal) => access.deleteAccessEntry(signal));
        event('InstallAccessEntryRemoved', 'normal', `${roleName} may no longer enter the cluster`);
        return null;
      case 'cut-policies':
        tell('CuttingPolicies', false, `denying ${roleName} everything and taking its policies away`);
        await run('ending-role-policies', 'deny everything, detach and delete policies', async (signal) => {
          if (action.deny) await access.denyEverything(signal);
          for (const arn of action.detach) await access.detachPolicy(arn, signal);
          for (const name of action.remove) await access.deleteInlinePolicy(name, signal);
        });
        event(
          'InstallRoleCut',
          'normal',
          `${roleName} has no rights any more, and all its sessions are denied everything`,
        );
        return null;
      case 'delete-role':
        tell('DeletingRole', false, `deleting ${roleName}: ${action.proof}`);
        await save({ proof: action.proof });
        await run('ending-role', 'delete the role', async (signal) => {
          await access.liftDenial(signal);
          await access.deleteRole(signal);
        });
        return null;
      case 'record-done':
        await save({ done: true, proof: action.proof });
        event('InstallRoleGone', 'normal', `${roleName} is gone: ${action.proof}`);
        return null;
      case 'alarm': {
        const { record } = await load();
        event('InstallRoleReappeared', 'warning', action.message);
        await save({ alarmed: [...record.alarmed, action.what].slice(-50) });
        return null;
      }
      default:
        return null;
    }
  };

  const look = async (after: ProbeResult | null) => {
    const { record } = await load();
    const lacking = record.done ? [] : await missing();
    const quiet = lacking.length > 0;
    const accessEntry = quiet ? false : await access.hasAccessEntry(stop);
    const role = quiet ? null : await access.readRole(stop);
    return { missing: lacking, accessEntry, role, after, record };
  };

  const steps = async (): Promise<boolean> => {
    let after: ProbeResult | null = null;
    for (let step = 0; step < mostSteps; step++) {
      stop.throwIfAborted();
      const facts = await look(after);
      const action = decideEnding(facts);
      if (action.kind === 'nothing') {
        const back = facts.role !== null || facts.accessEntry;
        if (back) tell('Reappeared', false, `${roleName} or its access entry is there again, after it was gone`);
        else tell('Done', true, `${roleName} is gone: ${facts.record.proof}`);
        return true;
      }
      if (action.kind === 'wait') {
        tell(action.step, false, action.message);
        return false;
      }
      const result = await act(action);
      if (action.kind === 'probe' && action.when === 'after') after = result;
    }
    tell('Repeating', false, `the account does not yet show what was done to ${roleName}`);
    return false;
  };

  return {
    report: () => report,
    pass: async () => {
      const now = elapsedMs(clock);
      if (report?.step === 'Done' && now - lastLook < lookAgainMs) return true;
      lastLook = now;
      try {
        return await steps();
      } catch (error) {
        if (stop.aborted) throw error;
        const message = `the ending of ${roleName} is not complete: ${describeError(error)}`;
        tell('Retrying', false, message);
        throw new LandfallError('LF-RUNNER-067', message, { cause: error, temporary: true });
      }
    },
  };
}
