import type { Clock, Component, ComponentReport, ComponentState, Condition } from '../../../contract/index.ts';
import { componentNameSchema } from '../../../contract/index.ts';
import type { EventSink, InstallStatus } from '../../ports.ts';
import { type Facts, isTrue } from './facts.ts';
import { createDecisionLog, decisionFrom, type DecisionLog, type DecisionNow } from './decisions.ts';

export { type Facts, isFalse, isTrue } from './facts.ts';

export type StatusKeeper = {
  status(): InstallStatus;
  /** States and conditions of one component; a changed state is an event. */
  component(
    component: Pick<Component, 'name' | 'kind'>,
    state: ComponentState,
    facts: Facts,
    version: string | null,
  ): void;
  /** What is done about the install as a whole. */
  decided(now: DecisionNow): void;
  decisions: DecisionLog;
  /** As it was told last; null: nothing was. */
  stateOf(component: string): ComponentState | null;
  /** Beside what was told of it last; null: it is not. */
  stalled(component: string, fact: { reason: string; message: string } | null): void;
  forget(names: (name: string) => boolean): void;
  install(
    change: Partial<
      Pick<InstallStatus, 'acceptedSequence' | 'desired' | 'observed' | 'denied' | 'waitingFor' | 'mirror'>
    >,
    facts?: Facts,
  ): void;
};

/** The one place where states become what people read. Every change is told at once; what stays the same is not told again. */
export function createStatusKeeper(
  clock: Clock,
  events: EventSink,
  onStatus: (status: InstallStatus) => void,
): StatusKeeper {
  const components = new Map<string, ComponentReport>();
  const decisions = createDecisionLog(() => clock.now());
  let own: Omit<InstallStatus, 'state' | 'components' | 'decision' | 'decisions'> = {
    conditions: [],
    acceptedSequence: 0,
    desired: null,
    observed: null,
    denied: [],
    waitingFor: null,
    mirror: null,
  };
  let told = '';
  const status = (): InstallStatus => ({
    ...own,
    state: installState(own, components),
    components: [...components.values()],
    decision: decisions.of(null),
    decisions: decisions.latest(),
  });
  const tell = (): void => {
    const now = status();
    const text = JSON.stringify(now);
    if (text === told) return;
    told = text;
    onStatus(now);
  };
  return {
    status,
    component: ({ name, kind }, state, facts, version) => {
      const before = components.get(name);
      const conditions = conditionsFrom(facts, before?.conditions ?? [], clock);
      const own = componentNameSchema.parse(name);
      const decision = decisions.note(own, decisionFrom(state, facts));
      const now: ComponentReport = { name: own, kind, state, conditions, version, decision };
      // The whole status of a thousand components is not compared for each of them.
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(now)) return;
      components.set(name, now);
      const from = before?.state ?? 'Unknown';
      if (from !== state) events.componentState(name, from, state);
      tell();
    },
    stalled: (name, fact) => {
      const before = components.get(name);
      if (before === undefined) return;
      const others = before.conditions.filter(({ type }) => type !== 'Stalled');
      const stalled = fact === null ? {} : { Stalled: isTrue(fact.reason, fact.message) };
      components.set(name, {
        ...before,
        conditions: [...others, ...conditionsFrom(stalled, before.conditions, clock)],
      });
      tell();
    },
    stateOf: (name) => components.get(name)?.state ?? null,
    decided: (now) => {
      const before = decisions.of(null);
      const after = decisions.note(null, now);
      if (before?.since !== after.since || before.why !== after.why) tell();
    },
    decisions,
    forget: (names) => {
      decisions.forget(names);
      for (const name of components.keys()) if (names(name)) components.delete(name);
      tell();
    },
    install: (change, facts) => {
      const conditions = facts === undefined ? own.conditions : conditionsFrom(facts, own.conditions, clock);
      own = { ...own, ...change, conditions };
      tell();
    },
  };
}

function installState(
  own: Pick<InstallStatus, 'conditions'>,
  components: ReadonlyMap<string, ComponentReport>,
): ComponentState {
  const states = [...components.values()].map((component) => component.state);
  const stalled = own.conditions.some((condition) => condition.type === 'Stalled' && condition.status === 'True');
  const ready = own.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (states.includes('Error') || (stalled && !ready)) return 'Error';
  if (states.length === 0) return 'Unknown';
  return states.every((state) => state === 'Running') ? 'Running' : 'Provisioned';
}

function conditionsFrom(facts: Facts, before: readonly Condition[], clock: Clock): Condition[] {
  const types = ['Ready', 'Reconciling', 'Stalled', 'Drifted', 'Suspended'] as const;
  return types.flatMap((type) => {
    const fact = facts[type];
    if (fact === undefined) return [];
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === fact.status ? old.lastTransitionTime : clock.now().toISOString();
    return [{ type, ...fact, message: fact.message.slice(0, 2000), lastTransitionTime }];
  });
}
