import type { JSX } from 'preact';
import type { OutsidePrincipal, SealPlace, SealReport } from '../../contract/index.ts';
import { FoldingTable } from './folding-table.tsx';
import type { StoredSeal } from '../runners/seals.ts';
import { Moment } from './moment.tsx';
import { StateBadge } from './state-badge.tsx';

const words = { sealed: 'Sealed', open: 'Open', incomplete: 'Not whole' } as const;

/** The verdict, how old it is, and whether the runner's key vouches for it. */
export function SealCard({ seal, now }: { seal: StoredSeal | null; now: Date }): JSX.Element {
  return (
    <div class="card">
      <h3>Seal</h3>
      {seal === null ? (
        <p class="muted">No census of the account has been reported yet.</p>
      ) : (
        <>
          <p class="value">{seal.doubt === null ? words[seal.report.verdict] : 'Not believed'}</p>
          <p>{seal.doubt === null ? seal.report.summary : seal.doubt}</p>
          <p class="muted small">
            Looked at <Moment at={seal.report.at} now={now} />
            {seal.doubt === null && `, signed with the runner's key ${seal.keyId.slice(0, 12)}`}
          </p>
        </>
      )}
    </div>
  );
}

/** What needs attention: an open account, or a seal nobody can believe. */
export function sealNotices(seal: StoredSeal | null): { tone: string; title: string; text: string; at: string }[] {
  if (seal === null || (seal.doubt === null && seal.report.verdict === 'sealed')) return [];
  const { at, verdict, summary } = seal.report;
  if (seal.doubt !== null) return [{ tone: 'bad', title: 'The seal is not believed', text: seal.doubt, at }];
  return verdict === 'open'
    ? [{ tone: 'bad', title: 'The account is open', text: summary, at }]
    : [{ tone: 'wait', title: 'The seal is not whole', text: summary, at }];
}

/** Every principal from outside, and what could not be seen; nothing when there is neither. */
export function SealSection({ seal }: { seal: StoredSeal }): JSX.Element | null {
  const { report } = seal;
  const found = report.places.flatMap((place) => place.outside.map((one) => ({ place: place.name, one })));
  const hidden = report.places.flatMap((place) =>
    [...place.notVisible, ...place.unreadable].map((what) => ({ place, what })),
  );
  if (seal.doubt !== null || found.length + hidden.length === 0) return null;
  return (
    <section aria-labelledby="outside">
      <h2 id="outside">From outside the account</h2>
      {found.length > 0 && (
        <FoldingTable labelledBy="outside" columns={['Principal', 'Enters', 'By', 'Verdict']}>
          {found.map(({ place, one }) => (
            <OutsideRow key={`${one.principal} ${one.where} ${one.via}`} place={place} one={one} />
          ))}
        </FoldingTable>
      )}
      <More report={report} />
      {hidden.length > 0 && <Hidden hidden={hidden} />}
    </section>
  );
}

const kinds: Record<OutsidePrincipal['kind'], string> = {
  aws: 'another account',
  anyone: 'anybody',
  'everyone-but': 'everybody but those it names',
  federated: 'an identity provider',
  'canonical-user': 'an S3 id of another account',
  organization: 'an organization',
  network: "another account's network",
};

function OutsideRow({ place, one }: { place: string; one: OutsidePrincipal }): JSX.Element {
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        <span class="arn">{one.principal}</span>
        <span class="sub">{kinds[one.kind]}</span>
      </th>
      <td role="cell">
        <span class="arn">{one.where}</span>
        <span class="sub">{place}</span>
      </td>
      <td role="cell">
        {one.via}
        {one.conditions.length > 0 && <span class="sub">{one.conditions.join(', ')}</span>}
      </td>
      <td role="cell">
        {one.accepted ? <StateBadge state="Running" label="Known" /> : <StateBadge state="Error" label="Not known" />}
      </td>
    </tr>
  );
}

/** Places where the list was cut. */
function More({ report }: { report: SealReport }): JSX.Element | null {
  const cut = report.places.filter(({ outside, outsideTotal }) => outsideTotal > outside.length);
  if (cut.length === 0) return null;
  return (
    <p class="muted">
      {cut.map(({ name, outside, outsideTotal }) => `${name}: ${outsideTotal - outside.length} more`).join(', ')}
    </p>
  );
}

function Hidden({ hidden }: { hidden: { place: SealPlace; what: string }[] }): JSX.Element {
  return (
    <ul class="card rows spaced" aria-label="What could not be seen or read">
      {hidden.map(({ place, what }) => (
        <li key={`${place.name} ${what}`}>
          <strong>{place.name}</strong>
          <span class="arn">{what}</span>
          <span class="muted">not seen</span>
        </li>
      ))}
    </ul>
  );
}
