import { type Condition, type InstallId, type Report, apiVersion } from '../../contract/index.ts';
import type { AcceptedState, InstallStatus } from '../ports.ts';
import { mirrorReport } from './mirror-report.ts';

/** Everything a report is made of. */
export type ReportParts = {
  install: InstallId;
  runner: Report['runner'];
  status: InstallStatus;
  /** In force, also before the reconciler has looked at it. */
  accepted: AcceptedState | null;
  refusals: Report['refusals'];
  /** What keeps a newer desired state from being accepted; it is told when the reconciler waits for nothing. */
  channelWaitsFor: Report['waitingFor'];
  ending: Report['ending'];
  /** Whether nobody from outside can enter the account. */
  sealed: Condition | null;
  /** Whether the secrets out of the customer's store are as they are there; null: there are none. */
  secrets: Condition | null;
};

/** A report without the place and time it gets when it is sent. */
export type ReportBody = Omit<Report, 'sequence' | 'at'>;

export function buildReport(parts: ReportParts): ReportBody {
  const { status } = parts;
  const desired = parts.accepted?.desired ?? null;
  return {
    apiVersion,
    kind: 'Report',
    critical: [],
    install: parts.install,
    runner: parts.runner,
    acceptedSequence: desired?.sequence ?? 0,
    desired: desired?.release ? { version: desired.release.version, digest: desired.release.digest } : null,
    observed: status.observed,
    state: status.state,
    conditions: [...status.conditions, parts.sealed, parts.secrets].filter((condition) => condition !== null),
    waitingFor: status.waitingFor ?? parts.channelWaitsFor,
    components: status.components,
    decision: status.decision,
    decisions: status.decisions,
    denied: status.denied.slice(-20),
    refusals: parts.refusals.slice(-20),
    ending: parts.ending,
    mirror: status.mirror === null ? null : mirrorReport(status.mirror),
    trace: desired?.trace ?? null,
  };
}
