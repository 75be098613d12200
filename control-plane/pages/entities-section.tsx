import type { JSX } from 'preact';
import type { EntityView } from '../entities/entities.ts';
import { FoldingTable } from './folding-table.tsx';
import { StateBadge } from './state-badge.tsx';
import { capitalised, nbsp, spaced } from './words.ts';

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
  const told = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${spaced(state)}`);
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
      <FoldingTable labelledBy="entities" columns={['Entity', 'State', 'Condition']}>
        {shown.map((one) => (
          <EntityRow key={`${one.type}/${one.name}`} one={one} />
        ))}
      </FoldingTable>
    </section>
  );
}

function EntityRow({ one }: { one: EntityView }): JSX.Element {
  const condition =
    one.conditions.find(({ type, status }) => type === 'Stalled' && status === 'True') ??
    one.conditions.find(({ type, status }) => type === 'Suspended' && status === 'True') ??
    one.conditions.find(({ type }) => type === 'Ready');
  const { generation, observedGeneration } = one;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {one.name}
        <span class="sub">
          {one.type} · generation{nbsp}
          {observedGeneration === generation ? generation : `${observedGeneration} of ${generation}`}
        </span>
      </th>
      <td role="cell">
        <StateBadge state={one.state} />
      </td>
      <td role="cell">
        {condition === undefined ? (
          <span class="muted">{one.removing ? 'waits for its runner to take it away' : 'not reported yet'}</span>
        ) : (
          <span class="condition">
            <strong>
              {condition.type === 'Ready' && condition.status === 'True'
                ? 'Ready'
                : capitalised(spaced(condition.reason))}
            </strong>{' '}
            <span class="muted">{condition.message}</span>
          </span>
        )}
      </td>
    </tr>
  );
}
