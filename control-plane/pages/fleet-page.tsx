import type { JSX } from 'preact';
import { Layout } from './layout.tsx';
import { Moment } from './moment.tsx';
import { activities, activityOf, type InstallSummary, releaseSentence, stateOf } from './read-views.ts';
import { StateBadge } from './state-badge.tsx';

const order = ['Error', 'ShuttingDown', 'Running', 'Provisioned', 'Unknown', ...activities] as const;

export function FleetPage({ installs, now }: { installs: InstallSummary[]; now: Date }): JSX.Element {
  const counts = order
    .map((state) => ({
      state,
      count: installs.filter((one) => stateOf(one) === state || activityOf(one) === state).length,
    }))
    .filter(({ count }) => count > 0);
  return (
    <Layout title="Fleet" announce={counts.map(({ state, count }) => `${count} ${state}`).join(', ')}>
      <div class="heading">
        <h1>Fleet</h1>
        <p class="muted">{installs.length === 1 ? '1 install' : `${installs.length} installs`}</p>
        <ul class="counts" aria-label="Installs by state">
          {counts.map(({ state, count }) => (
            <li key={state}>
              <strong>{count}</strong> <StateBadge state={state} />
            </li>
          ))}
        </ul>
      </div>
      {installs.length === 0 ? <NoInstalls /> : <FleetTable installs={installs} now={now} />}
    </Layout>
  );
}

function FleetTable({ installs, now }: { installs: InstallSummary[]; now: Date }): JSX.Element {
  return (
    <div class="card flush">
      <table class="folding" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {['Install', 'State', 'Release', 'Last heard'].map((name) => (
              <th key={name} scope="col" role="columnheader">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {installs.map((one) => (
            <FleetRow key={one.install.id} one={one} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FleetRow({ one, now }: { one: InstallSummary; now: Date }): JSX.Element {
  const { install, report, desired, connected } = one;
  const activity = activityOf(one);
  const observed = report?.observed?.version ?? null;
  const note = install.blocked ?? report?.waitingFor?.message ?? releaseSentence(one);
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        <a class="row-link" href={`/installs/${install.id}`} id={`install-${install.id}`}>
          {install.id}
        </a>
        <span class="sub">
          {install.product} · {install.channel} · {install.environment}
          {install.region === '' ? '' : ` · ${install.region}`}
        </span>
      </th>
      <td role="cell">
        <StateBadge state={stateOf(one)} />
        {activity !== null && (
          <span class="sub">
            <StateBadge state={activity} />
          </span>
        )}
      </td>
      <td role="cell">
        <span class="versions">
          <span>{observed ?? 'none'}</span>
          {desired?.version != null && desired.version !== observed && (
            <>
              <span class="arrow" aria-hidden="true">
                →
              </span>
              <span class="visually-hidden">, desired </span>
              <strong>{desired.version}</strong>
            </>
          )}
        </span>
        <span class={`sub${install.blocked === null ? '' : ' bad'}`}>{note}</span>
      </td>
      <td role="cell">
        {install.lastHeardAt === null ? 'never' : <Moment at={install.lastHeardAt} now={now} />}
        <span class="sub">{connected ? 'connected' : 'not connected'}</span>
      </td>
    </tr>
  );
}

function NoInstalls(): JSX.Element {
  return (
    <div class="card empty">
      <h2>No installs yet</h2>
      <p>
        Create one with <code>POST /v1/installs</code>; it appears here at once. The API is described at{' '}
        <a href="/v1/openapi.json">/v1/openapi.json</a>.
      </p>
    </div>
  );
}
