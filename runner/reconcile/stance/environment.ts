import { LandfallError } from '../../../contract/index.ts';
import type { Direction } from '../../components/direction.ts';
import { isDiskFull } from '../../guards/disk-space.ts';

/** What keeps a component from being applied and is no fault of its release: it is waited for, and nothing is denied or remembered because of it. */
export type EnvironmentReason =
  'QuotaExceeded' | 'WebhookUnavailable' | 'NamespaceTerminating' | 'KindMissing' | 'DiskFull' | 'MemoryShort';

/** By what the API server, a cloud or the kernel says, whichever engine has passed it on. A webhook that has answered, and refused, is not among them. */
const sayings: readonly [EnvironmentReason, RegExp][] = [
  ['WebhookUnavailable', /failed calling webhook|failed to call webhook/i],
  ['QuotaExceeded', /exceeded quota|status unknown for quota|\b(?!Request)\w*(?:Limit|Quota)Exceeded/],
  ['NamespaceTerminating', /because it is being terminated/i],
  ['KindMissing', /the cluster knows no kind/],
  ['DiskFull', /no space left on device|disk quota exceeded/i],
];
/** Of an engine or of the API server, in their own words. */
const passedOn: ReadonlySet<string> = new Set(['LF-ENGINES-010', 'LF-ENGINES-020', 'LF-RUNNER-001', 'LF-RUNNER-105']);
const ownCodes: ReadonlyMap<string, EnvironmentReason> = new Map([
  ['LF-RUNNER-018', 'NamespaceTerminating'],
  ['LF-RUNNER-019', 'MemoryShort'],
  ['LF-RUNNER-021', 'KindMissing'],
]);

/** Pure. null: it is none of these. */
export function environmentReason(error: unknown): EnvironmentReason | null {
  if (isDiskFull(error)) return 'DiskFull';
  return error instanceof LandfallError ? ofCode(error) : null;
}

/** As environmentReason; of what was there before, also that somebody has taken a kind out of the cluster: a release on its way that brings none is at fault. */
export function environmentReasonOf(error: unknown, direction: Direction): EnvironmentReason | null {
  const reason = environmentReason(error);
  if (reason !== null || direction === 'forward' || !(error instanceof LandfallError)) return reason;
  const unknown = error.code === 'LF-RUNNER-001' && error.details['status'] === 404;
  return unknown || error.code === 'LF-RUNNER-103' || /no matches for kind/i.test(error.message) ? 'KindMissing' : null;
}

function ofCode({ code, message }: LandfallError): EnvironmentReason | null {
  const own = ownCodes.get(code);
  if (own !== undefined) return own;
  if (!passedOn.has(code)) return null;
  return sayings.find(([, said]) => said.test(message))?.[0] ?? null;
}
