import { nextOf } from './decide-stage.ts';
import type { InstallStatus } from './read-status.ts';

/** The status as lines for people. */
export function statusText(status: InstallStatus): string[] {
  const row = (name: string, text: string): string => `${name.padEnd(16)} ${text}`;
  const stack = (each: InstallStatus['accountStack']): string =>
    each === null
      ? 'no state in the bucket'
      : `${each.things} things, changed ${each.changedAt ?? 'at an unknown time'}`;
  const { cluster, runner } = status;
  return [
    row('install', `${status.install} in ${status.account}, ${status.region}`),
    row('stage', status.stage),
    row('account stack', stack(status.accountStack)),
    row('base stack', stack(status.baseStack)),
    row(
      'cluster',
      cluster === null
        ? 'none'
        : `${cluster.name} ${cluster.status}, Kubernetes ${cluster.version}, node groups: ${cluster.nodeGroups.join(', ') || 'none'}`,
    ),
    row('runner', `${runner.image ?? 'no image in the registry'}; ${runner.identity ? 'has' : 'no'} Pod Identity`),
    row('install role', endText(status)),
    ...status.roles.map(({ role, name, state }) => row(`role ${role}`, `${name}: ${state}`)),
    ...status.product.map(({ component, things, changedAt }) =>
      row('product', `${component}: ${things} things, changed ${changedAt ?? 'at an unknown time'}`),
    ),
    ...(status.locks.length === 0 ? [row('locks', 'none')] : []),
    ...status.locks.map(({ stack: of, who, since, operation }) =>
      row('lock', `${of}: held by ${who} since ${since} for ${operation}`),
    ),
    row('next', nextOf[status.stage]),
  ];
}

function endText({ roles, installEntry }: InstallStatus): string {
  const state = roles.find(({ role }) => role === 'install')?.state ?? 'absent';
  const entry = installEntry ? 'may enter the cluster' : 'may not enter the cluster';
  if (state === 'absent') return installEntry ? `gone, but its access entry is left` : 'gone';
  return state === 'denied' ? `denied everything, about to be deleted; ${entry}` : `exists; ${entry}`;
}
