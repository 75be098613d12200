import type { JSX } from 'preact';
import { type Condition, entitiesFeature, type Report } from '../../contract/index.ts';
import { ComponentsTable } from './components-table.tsx';
import { Activity } from './activity.tsx';
import { EntitiesSection } from './entities-section.tsx';
import { Layout } from './layout.tsx';
import { MirrorSection } from './mirror-section.tsx';
import { Moment } from './moment.tsx';
import { activityOf, type InstallView, releaseSentence, stateOf } from './read-views.ts';
import { SealCard, sealNotices, SealSection } from './seal-section.tsx';
import { StateBadge } from './state-badge.tsx';
import { WaitingSection } from './waiting-section.tsx';
import { spaced } from './words.ts';

export function InstallPage({ view, now }: { view: InstallView; now: Date }): JSX.Element {
  const { install, report } = view;
  const state = stateOf(view);
  const activity = activityOf(view);
  return (
    <Layout
      title={install.id}
      announce={`${install.id}: ${state}${activity === null ? '' : `, ${activity}`}. ${releaseSentence(view)}`}
    >
      <nav aria-label="Breadcrumb" class="crumbs">
        <a href="/">Fleet</a>
      </nav>
      <div class="heading">
        <h1>{install.id}</h1>
        <StateBadge state={state} large />
        {activity !== null && <StateBadge state={activity} large />}
        <p class="muted">
          {[install.title, install.product, `channel ${install.channel}`, install.environment, install.region]
            .filter((part) => part !== '')
            .join(' · ')}
        </p>
      </div>
      <Notices view={view} now={now} />
      {report?.mirror != null && (
        <MirrorSection mirror={report.mirror} at={report.at} now={now} connected={view.connected} />
      )}
      <Facts view={view} now={now} />
      {report?.waitingFor?.details !== undefined && <WaitingSection details={report.waitingFor.details} />}
      {view.seal !== null && <SealSection seal={view.seal} />}
      <ComponentsTable components={report?.components ?? []} />
      {view.entities.length > 0 && (
        <EntitiesSection
          entities={view.entities}
          runnerKnows={report === null ? null : report.runner.features.includes(entitiesFeature)}
        />
      )}
      {report !== null && report.conditions.length > 0 && <Conditions conditions={report.conditions} now={now} />}
      <Activity view={view} now={now} />
    </Layout>
  );
}

function Notices({ view: { install, report, seal }, now }: { view: InstallView; now: Date }): JSX.Element | null {
  const notices = [
    ...sealNotices(seal),
    ...(install.blocked === null
      ? []
      : [{ tone: 'bad', title: 'The newest wish cannot be sent', text: install.blocked, at: null }]),
    ...(report?.waitingFor == null
      ? []
      : [
          {
            tone: 'wait',
            title: `Waiting: ${spaced(report.waitingFor.reason)}`,
            text: report.waitingFor.message,
            at: null,
          },
        ]),
    ...(report?.denied ?? []).map((one) => ({
      tone: 'bad',
      title: `${one.version} is denied here`,
      text: one.reason,
      at: one.at,
    })),
    ...(report?.refusals ?? []).map((one) => ({
      tone: 'bad',
      title: `A document was refused (${one.code})`,
      text: one.message,
      at: one.at,
    })),
  ];
  if (notices.length === 0) return null;
  return (
    <ul class="notices" aria-label="What needs attention">
      {notices.map(({ tone, title, text, at }) => (
        <li key={`${title}${at}`} class={`notice ${tone}`}>
          <strong>{title}</strong>
          <span>
            {text}
            {at !== null && (
              <span class="muted">
                {' · '}
                <Moment at={at} now={now} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Facts({ view, now }: { view: InstallView; now: Date }): JSX.Element {
  const { install, desired, report, connected, enrolledAt } = view;
  return (
    <section aria-labelledby="now" class="facts">
      <h2 id="now" class="visually-hidden">
        Now
      </h2>
      <div class="card">
        <h3>Release</h3>
        <dl class="release">
          <div>
            <dt>Observed</dt>
            <dd>{report?.observed?.version ?? 'none'}</dd>
          </div>
          <span class="arrow" aria-hidden="true">
            →
          </span>
          <div>
            <dt>Desired</dt>
            <dd>{desired?.version ?? 'none'}</dd>
          </div>
        </dl>
        <p>{releaseSentence(view)}</p>
        <p class="muted small">
          Desired state {install.desiredSequence}
          {report === null ? '' : `, accepted ${report.acceptedSequence}`}
        </p>
      </div>
      <div class="card">
        <h3>Runner</h3>
        <p class="value">
          {install.lastHeardAt === null ? 'Never heard' : <Moment at={install.lastHeardAt} now={now} />}
        </p>
        <p>{connected ? 'Connected, waiting for news.' : runnerSentence(enrolledAt !== null)}</p>
        {report !== null && (
          <p class="muted small">
            Version {report.runner.version}, lease epoch {report.runner.leaseEpoch}
          </p>
        )}
      </div>
      <div class="card">
        <h3>Install role</h3>
        <Ending ending={report?.ending ?? null} />
      </div>
      <SealCard seal={view.seal} now={now} />
    </section>
  );
}

function runnerSentence(enrolled: boolean): string {
  return enrolled ? 'Not connected. What it runs keeps running.' : 'No runner has joined yet.';
}

function Ending({ ending }: { ending: Report['ending'] }): JSX.Element {
  if (ending === null) return <p class="muted">Nothing reported yet.</p>;
  return (
    <>
      <p class="value">{ending.done ? 'Gone' : ending.step}</p>
      <p>{ending.message}</p>
      {ending.done && <p class="muted small">Last step: {ending.step}</p>}
    </>
  );
}

function Conditions({ conditions, now }: { conditions: Condition[]; now: Date }): JSX.Element {
  return (
    <section aria-labelledby="conditions">
      <h2 id="conditions">Conditions</h2>
      <ul class="card rows">
        {conditions.map((one) => (
          <li key={one.type}>
            <strong>
              {one.type}: {one.status}
            </strong>
            <span>
              {one.reason}
              {one.message === '' ? '' : ` — ${one.message}`}
            </span>
            <Moment at={one.lastTransitionTime} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}
