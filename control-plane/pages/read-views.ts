import { type ComponentState, mostEntities, type Report } from '../../contract/index.ts';
import { channelTopic } from '../channel/bell.ts';
import { type ListedRequest, listRequests } from '../channel/requests.ts';
import type { Context } from '../context.ts';
import { type EntityView, listEntities } from '../entities/entities.ts';
import { type Event, readEvents } from '../events/read-events.ts';
import { findInstall, type Install, listInstalls } from '../installs/installs.ts';
import { readReport } from '../runners/reports.ts';
import { readSeal, type StoredSeal } from '../runners/seals.ts';
import { readTelemetry, type StoredTelemetry } from '../runners/telemetry.ts';

export type Desired = { version: string | null; digest: string | null; issuedAt: Date; expiresAt: Date };

export type InstallSummary = {
  install: Install;
  desired: Desired | null;
  report: Report | null;
  /** Its runner holds a request here, or did a moment ago (it asks again at once). */
  connected: boolean;
};

export type InstallView = InstallSummary & {
  events: Event[];
  logs: StoredTelemetry[];
  requests: ListedRequest[];
  enrolledAt: Date | null;
  seal: StoredSeal | null;
  entities: EntityView[];
};

export async function readFleet(context: Context): Promise<InstallSummary[]> {
  const installs = await listInstalls(context);
  return Promise.all(installs.map((install) => summarise(context, install)));
}

export async function readInstallView(context: Context, id: string): Promise<InstallView> {
  const summary = await summarise(context, await findInstall(context, id));
  const key = await context.db
    .selectFrom('runnerKey')
    .select('enrolledAt')
    .where('install', '=', id)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  return {
    ...summary,
    events: await readEvents(context, id, 0, 40),
    logs: await readTelemetry(context, id, { type: 'log', limit: 60 }),
    requests: await listRequests(context, id),
    enrolledAt: key?.enrolledAt ?? null,
    seal: await readSeal(context, id),
    entities: await listEntities(context, id, { limit: 2 * mostEntities }),
  };
}

async function summarise(context: Context, install: Install): Promise<InstallSummary> {
  const desired = await context.db
    .selectFrom('desiredState')
    .select(['version', 'digest', 'issuedAt', 'expiresAt'])
    .where('install', '=', install.id)
    .where('sequence', '=', install.desiredSequence)
    .executeTakeFirst();
  return {
    install,
    desired: desired ?? null,
    report: await readReport(context, install.id),
    connected: context.bell.count(channelTopic(install.id)) > 0 || heardWithin(install, context.clock.now(), 15),
  };
}

function heardWithin(install: Install, now: Date, seconds: number): boolean {
  return install.lastHeardAt !== null && now.getTime() - new Date(install.lastHeardAt).getTime() < seconds * 1000;
}

/** The five states people see. Pure. */
export function stateOf({ report }: Pick<InstallSummary, 'report'>): ComponentState {
  return report?.state ?? 'Unknown';
}

export const activities = ['Stalled', 'Degraded', 'Waiting', 'Suspended', 'Drifted', 'Reconciling'] as const;
export type Activity = (typeof activities)[number];

/** What is going on beside the state, the most pressing first; null when nothing is. Pure. */
export function activityOf({ report }: Pick<InstallSummary, 'report'>): Activity | null {
  if (report === null) return null;
  const holds = (activity: Activity): boolean =>
    activity === 'Waiting'
      ? report.waitingFor !== null
      : activity === 'Degraded'
        ? isDegraded(report)
        : report.conditions.some(({ type, status }) => type === activity && status === 'True');
  return activities.find(holds) ?? null;
}

/** It works, with fewer replicas on different nodes than it is to have: said of an install or of a component. Pure. */
export function isDegraded({ conditions }: Pick<Report, 'conditions'>): boolean {
  return conditions.some(({ type, status, reason }) => type === 'Ready' && status === 'False' && reason === 'Degraded');
}

/** Pure. One sentence on desired against observed. */
export function releaseSentence({ desired, report }: Pick<InstallSummary, 'desired' | 'report'>): string {
  const wanted = desired?.version ?? null;
  if (wanted === null) return 'No release is on its channel yet.';
  const observed = report?.observed ?? null;
  const denied = report?.denied.some(({ digest }) => digest === desired?.digest) ?? false;
  if (denied) {
    return observed === null
      ? `${wanted} failed here and is not tried again.`
      : `${wanted} failed here and was taken back; ${observed.version} stays in force.`;
  }
  if (report === null) return `Waits for its runner to install ${wanted}.`;
  if (observed === null) return `${wanted} is being installed for the first time.`;
  if (observed.digest === desired?.digest) return `Up to date with ${wanted}.`;
  return `On its way from ${observed.version} to ${wanted}.`;
}
