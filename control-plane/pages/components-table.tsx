import type { JSX } from 'preact';
import type { ComponentReport } from '../../contract/index.ts';
import { FoldingTable } from './folding-table.tsx';
import { isDegraded } from './read-views.ts';
import { StateBadge } from './state-badge.tsx';

export function ComponentsTable({ components }: { components: ComponentReport[] }): JSX.Element {
  return (
    <section aria-labelledby="components">
      <h2 id="components">Components</h2>
      {components.length === 0 ? (
        <p class="card muted">Nothing reported yet.</p>
      ) : (
        <FoldingTable labelledBy="components" columns={['Component', 'State', 'Release', 'Condition']}>
          {components.map((one) => (
            <ComponentRow key={one.name} one={one} />
          ))}
        </FoldingTable>
      )}
    </section>
  );
}

function ComponentRow({ one }: { one: ComponentReport }): JSX.Element {
  const telling = one.conditions.filter(({ type, status }) => status !== 'False' || type === 'Ready');
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {one.name}
        <span class="sub">{one.kind}</span>
      </th>
      <td role="cell">
        <StateBadge state={isDegraded(one) ? 'Degraded' : one.state} />
      </td>
      <td role="cell">{one.version ?? 'none'}</td>
      <td role="cell">
        {telling.length === 0 && <span class="muted">none</span>}
        {telling.map((condition) => (
          <span class="condition" key={condition.type}>
            <strong>{condition.status === 'True' ? condition.type : `${condition.type}: ${condition.status}`}</strong>{' '}
            <span class="muted">{condition.message === '' ? condition.reason : condition.message}</span>
          </span>
        ))}
      </td>
    </tr>
  );
}
