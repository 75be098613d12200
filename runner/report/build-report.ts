import { type InstallId, type Report, apiVersion } from '../../contract/index.ts';
import type { InstallStatus } from '../ports.ts';

/** Everything a report is made of. */
export type ReportParts = {
  install: InstallId;
  runner: Report['runner'];
  status: InstallStatus;
  refusals: Report['refusals'];
  /** What keeps a newer desired state from being accepted; it is told when the reconciler waits for nothing. */
  channelWaitsFor: Report['waitingFor'];
  ending: Report['ending'];
  trace: string | null;
};

/** A report without the place and time it gets when it is sent. */
export type ReportBody = Omit<Report, 'sequence' | 'at'>;

export function buildReport(parts: ReportParts): ReportBody {
  const { status } = parts;
  return {
    apiVersion,
    kind: 'Report',
    critical: [],
    install: parts.install,
    runner: parts.runner,
    acceptedSequence: status.acceptedSequence,
    desired: status.desired,
    observed: status.observed,
    state: status.state,
    conditions: status.conditions,
    waitingFor: status.waitingFor ?? parts.channelWaitsFor,
    components: status.components,
    denied: status.denied.slice(-20),
    refusals: parts.refusals.slice(-20),
    ending: parts.ending,
    trace: parts.trace,
  };
}
