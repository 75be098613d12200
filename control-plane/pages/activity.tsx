import type { JSX } from 'preact';
import type { Event } from '../events/read-events.ts';
import type { StoredTelemetry } from '../runners/telemetry.ts';
import { Moment } from './moment.tsx';
import type { InstallView } from './read-views.ts';
import { capitalised, spaced } from './words.ts';

/** What happened, and what the runner says while it works. */
export function Activity({ view, now }: { view: InstallView; now: Date }): JSX.Element {
  return (
    <div class="activity">
      <section aria-labelledby="events">
        <h2 id="events">Events</h2>
        {view.events.length === 0 ? (
          <p class="card muted">Nothing has happened yet.</p>
        ) : (
          <ol class="card events" id="event-list" tabIndex={0} aria-labelledby="events">
            {view.events.map((event) => (
              <EventLine key={event.id} event={event} now={now} />
            ))}
          </ol>
        )}
      </section>
      <section aria-labelledby="logs">
        <h2 id="logs">Runner's log</h2>
        {view.logs.length === 0 ? (
          <p class="card muted">No lines have arrived.</p>
        ) : (
          <ol class="card log" id="log" tabIndex={0} aria-labelledby="logs">
            {view.logs.toReversed().map((line) => (
              <LogLine key={line.receivedOrder} line={line} />
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}

function EventLine({ event, now }: { event: Event; now: Date }): JSX.Element {
  return (
    <li class={event.severity}>
      <p>
        <strong>
          {event.severity === 'warning' && (
            <span class="warning-mark">
              <span aria-hidden="true">▲ </span>
              <span class="visually-hidden">Warning: </span>
            </span>
          )}
          {capitalised(spaced(event.reason))}
          {event.component === null ? '' : ` · ${event.component}`}
        </strong>
        <span class="muted">
          {event.source === 'runner' ? 'runner' : 'control plane'} · <Moment at={event.at} now={now} />
        </span>
      </p>
      <p>{event.message}</p>
    </li>
  );
}

function LogLine({ line: { record } }: { line: StoredTelemetry }): JSX.Element | null {
  if (record.type !== 'log') return null;
  const fields = Object.entries(record.fields).map(([key, value]) => `${key}=${String(value)}`);
  return (
    <li class={record.level}>
      <span class="muted">{record.at.slice(11, 19)}</span> <strong>{record.level}</strong> {record.message}
      {fields.length > 0 && <span class="muted"> {fields.join(' ')}</span>}
    </li>
  );
}
