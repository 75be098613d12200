import { type ComponentReport, type Decision, reasonEntry, type RunnerStatus } from '../../contract/index.ts';

/** What `runner explain` reads: the runner's own status (`lf-status`), or the same part of its last report. */
export type Explained = Omit<RunnerStatus, 'at'> & { at: string };

const act: Record<string, string> = {
  apply: 'brings it to what is wanted',
  'await-health': 'waits until it is healthy',
  keep: 'keeps it as it is',
  wait: 'waits',
  remove: 'takes it away',
  stay: 'leaves it where it is, newer than the rest',
  hold: 'holds it where it failed',
  fail: 'has given it up for this release',
  back: 'goes back to the last good release',
  pause: 'changes nothing: it is paused',
  idle: 'has nothing to do',
};

/** Why the runner does what it does about one component, line by line; null: it knows none of that name. */
export function explainComponent(status: Explained, name: string, now: Date): string[] | null {
  const component = status.components.find((each) => each.name === name);
  if (component === undefined) return null;
  const failures = component.conditions.filter(({ type, status: is }) => type === 'Stalled' && is === 'True');
  const denied = status.denied.at(-1);
  const history = status.decisions.filter((each) => each.component === name);
  return [
    `${name} (${component.kind}) is ${component.state}`,
    line('wanted', status.desired?.version ?? 'nothing'),
    line('there', component.version ?? 'nothing'),
    line('does', decided(component.decision, now)),
    line('install', decided(status.decision, now)),
    ...(status.waitingFor === null
      ? []
      : [line('waits for', `${status.waitingFor.reason}: ${status.waitingFor.message}`)]),
    ...failures.map(({ reason, message }) => line('failed', `${reason}: ${message}`)),
    ...(failures.length > 0 || denied === undefined
      ? []
      : [line('failed', `${denied.version} at ${denied.at}: ${denied.reason}`)]),
    ...component.conditions.map((each) =>
      line('condition', `${each.type} ${each.status}, ${each.reason}: ${each.message}`),
    ),
    ...history.slice(-5).map(({ since, action, why }) => line('before', `${since}  ${action}: ${why}`)),
    ...advice(status, component).map((text) => line('you can', text)),
  ];
}

/** Of all of them, one line each. */
export function explainInstall(status: Explained, now: Date): string[] {
  return [
    `the install is ${status.state}; wanted ${status.desired?.version ?? 'nothing'}, in force ${status.observed?.version ?? 'nothing'} (as of ${status.at})`,
    line('does', decided(status.decision, now)),
    ...(status.waitingFor === null
      ? []
      : [line('waits for', `${status.waitingFor.reason}: ${status.waitingFor.message}`)]),
    ...byName(status.components).map(({ name, decision }) => line(name, decided(decision, now))),
    ...advice(status, null).map((text) => line('you can', text)),
  ];
}

/** What a person can do: said once per reason, those that are in the way first. */
function advice(status: Explained, component: ComponentReport | null): string[] {
  const conditions = [...(component?.conditions ?? []), ...status.conditions];
  const inTheWay = conditions.filter(({ type, status: is }) => (type === 'Ready' ? is !== 'True' : is === 'True'));
  const found = [
    ...(status.waitingFor === null ? [] : [status.waitingFor.reason]),
    ...inTheWay.map(({ reason }) => reason),
  ];
  const texts = [...new Set(found)].flatMap((reason) => {
    const entry = reasonEntry(reason);
    return entry === undefined ? [] : [entry.next];
  });
  return texts.length === 0 ? ['leave it alone: there is nothing to do'] : [...new Set(texts)];
}

/** A runner tells them in the order in which they came to rest, which is another one each time. */
export function byName<T extends { name: string }>(components: readonly T[]): T[] {
  return components.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function decided(decision: Decision | null, now: Date): string {
  if (decision === null) return 'it does not say (an older runner)';
  const { action, why, since } = decision;
  return `${act[action] ?? action}: ${why} (since ${since}, ${elapsed(now.getTime() - new Date(since).getTime())})`;
}

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function line(what: string, text: string): string {
  return `  ${what.padEnd(10)} ${text}`;
}
