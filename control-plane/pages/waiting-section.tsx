import type { JSX } from 'preact';
import type { Report } from '../../contract/index.ts';
import { FoldingTable } from './folding-table.tsx';

type Details = NonNullable<NonNullable<Report['waitingFor']>['details']>;

/** What the customer is asked for: rights to give, or a plan to approve. */
export function WaitingSection({ details }: { details: Details }): JSX.Element {
  const { permissions = [], changes = [], component, planDigest, updateUrl, releaseDigest, inputsDigest } = details;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">What the customer is asked for</h2>
      {updateUrl !== undefined && (
        <p class="ask">
          {/* It comes from a runner: only https becomes a link. */}
          {updateUrl.startsWith('https://') ? (
            <a href={updateUrl}>Update the account stack</a>
          ) : (
            <code>{updateUrl}</code>
          )}
        </p>
      )}
      {permissions.length > 0 && (
        <FoldingTable labelledBy="waiting" columns={['Statement', 'Missing actions', 'Resources']}>
          {permissions.map((one) => (
            <tr role="row" key={one.sid}>
              <th scope="row" role="rowheader">
                {one.sid}
              </th>
              <td role="cell">{one.actions.join(', ')}</td>
              <td role="cell">{one.resources.join(', ')}</td>
            </tr>
          ))}
        </FoldingTable>
      )}
      {planDigest !== undefined && (
        <div class="card ask">
          <p>
            A plan of {component ?? 'a component'} waits. To let exactly this one through, the customer adds it to{' '}
            <code>approvals</code> in their RunnerPolicy: <code>{planDigest}</code>
          </p>
          <ul>
            {changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </div>
      )}
      {releaseDigest !== undefined && inputsDigest !== undefined && (
        <div class="card ask">
          <p>
            A change of release waits. To let exactly this one through, the customer adds both digests as one entry to{' '}
            <code>approvals</code> in their RunnerPolicy:
          </p>
          <p>
            <code>releaseDigest: {releaseDigest}</code>
          </p>
          <p>
            <code>inputsDigest: {inputsDigest}</code>
          </p>
        </div>
      )}
    </section>
  );
}
