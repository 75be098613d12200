import type { JSX } from 'preact';
import type { EntityView } from '../entities/entities.ts';
import { FoldingTable } from './folding-table.tsx';
import { StateBadge } from './state-badge.tsx';

/** More than anybody reads on a page; the API pages through all of them. */
const mostShown = 50;
const order = ['Error', 'ShuttingDown', 'Unknown', 'Provisioned', 'Running'];

/** What developers have created in the install: how many are how, and those that need attention first. */
export function EntitiesSection({
  entities,
  runnerKnows,
}: {
  entities: readonly EntityView[];
  /** Null: no runner has reported yet. */
  runnerKnows: boolean | null;
}): JSX.Element {
  const counts = order.map((state) => ({ state, count: entities.filter((each) => each.state === state).length }));
  const shown = [...entities].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).slice(0, mostShown);
  const told = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`);
  return (
    <section aria-labelledby="entities">
      <h2 id="entities">Entities</h2>
      <p class="muted">
        {told.join(' · ')}
        {entities.length > mostShown ? ` · the first ${mostShown} of ${entities.length} are shown` : ''}
      </p>
      {runnerKnows === false && (
        <p class="notice wait">This runner does not know entities: it leaves them alone until it is upgraded.</p>
      )}
      <FoldingTable labelledBy="entities" columns={['Entity', 'State', 'Generation', 'Condition']}>
        {shown.map((one) => (
          <EntityRow key={`${one.type}/${one.name}`} one={one} />
        ))}
      </FoldingTable>
    </section>
  );
}

function EntityRow({ one }: { one: EntityView }): JSX.Element {
  const ready = one.conditions.find(({ type }) => type === 'Ready');
  const stalled = one.conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {one.name}
        <span class="sub">{one.type}</span>
      </th>
      <td role="cell">
        <StateBadge state={one.state} />
      </td>
      <td role="cell">
        {one.observedGeneration === one.generation ? one.generation : `${one.observedGeneration} of ${one.generation}`}
      </td>
      <td role="cell">
        {ready === undefined ? (
          <span class="muted">{one.removing ? 'waits for its runner to take it away' : 'not reported yet'}</span>
        ) : (
          <span class="condition">
            <strong>{stalled ? 'Stalled' : ready.status === 'True' ? 'Ready' : spacedReason(ready.reason)}</strong>{' '}
            <span class="muted">{ready.message}</span>
          </span>
        )}
      </td>
    </tr>
  );
}

function spacedReason(reason: string): string {
  return reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
