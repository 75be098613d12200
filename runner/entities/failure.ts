import { describeError, LandfallError } from '../../contract/index.ts';
import { ComponentFailed, failureOf } from '../reconcile/stance/failure.ts';

export type EntityFailure = {
  /** For a condition. */
  reason: string;
  message: string;
  /** Waiting alone does not help. */
  stalled: boolean;
  /** Only another spec, another release, the customer or a change of what it has made helps: it is not tried again by itself. */
  final: boolean;
};

const reasons: Readonly<Record<string, string>> = {
  'LF-RUNNER-001': 'ApiServerUnavailable',
  'LF-RUNNER-011': 'SecretMissing',
  'LF-RUNNER-180': 'TypeUnknown',
  'LF-RUNNER-181': 'SpecInvalid',
  'LF-RUNNER-182': 'SecretMissing',
  'LF-RUNNER-183': 'CopyNotAllowed',
  'LF-RUNNER-184': 'NamespaceReserved',
  'LF-RUNNER-185': 'KindNotAllowed',
  'LF-RUNNER-186': 'SecretTaken',
};
const finalCodes: ReadonlySet<string> = new Set(['LF-RUNNER-180', 'LF-RUNNER-181', 'LF-RUNNER-184', 'LF-RUNNER-185']);

/** What the failure of one entity means; pure. */
export function describeFailure(error: unknown): EntityFailure {
  const message = describeError(error);
  // A job that has failed fails again; its Job is watched.
  if (error instanceof ComponentFailed) return { reason: error.reason, message, stalled: true, final: true };
  if (!(error instanceof LandfallError)) return { reason: 'Unexpected', message, stalled: true, final: false };
  const final = finalCodes.has(error.code);
  const told = error.details['reason'];
  const reason =
    (error.code === 'LF-RUNNER-185' && typeof told === 'string' ? told : reasons[error.code]) ??
    (error.temporary ? 'Temporary' : 'ApplyFailed');
  return { reason, message, stalled: final || !error.temporary || failureOf('', error) !== null, final };
}

/** This runner is not the owner any more: nothing of it may go on. */
export function isLeaseLost(error: unknown): boolean {
  return error instanceof LandfallError && (error.code === 'LF-RUNNER-003' || error.code === 'LF-RUNNER-004');
}
