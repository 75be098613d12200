import { describeError, LandfallError } from '../../../contract/index.ts';
import { environmentReason } from './environment.ts';

/** A component that cannot be brought to what this release wants: the reason to go back. */
export class ComponentFailed extends Error {
  override readonly name = 'ComponentFailed';
  readonly component: string;
  readonly reason: 'ApplyFailed' | 'HealthFailed';
  /** Its vendor wants people to decide what becomes of the release. */
  readonly holds: boolean;
  constructor(
    component: string,
    reason: 'ApplyFailed' | 'HealthFailed',
    message: string,
    more: { cause?: unknown; holds?: boolean } = {},
  ) {
    super(message, { cause: more.cause });
    this.component = component;
    this.reason = reason;
    this.holds = more.holds ?? false;
  }

  holding(): ComponentFailed {
    return new ComponentFailed(this.component, this.reason, this.message, { cause: this.cause, holds: true });
  }
}

/** Codes that say the release itself is at fault here. Everything else (a registry away, a lost connection) is waited for. */
const faultsOfTheRelease: ReadonlySet<string> = new Set([
  'LF-ENGINES-002',
  'LF-ENGINES-010',
  'LF-ENGINES-011',
  'LF-ENGINES-014',
  'LF-ENGINES-020',
  'LF-RUNNER-006',
  'LF-RUNNER-007',
  'LF-RUNNER-010',
  'LF-RUNNER-012',
  'LF-RUNNER-015',
  'LF-RUNNER-016',
  'LF-RUNNER-071',
  'LF-RUNNER-100',
  'LF-RUNNER-101',
  'LF-RUNNER-102',
  'LF-RUNNER-103',
  'LF-RUNNER-105',
  'LF-RUNNER-106',
  'LF-RUNNER-140',
  'LF-RUNNER-142',
  'LF-RUNNER-143',
  'LF-RUNNER-144',
  'LF-RUNNER-145',
  'LF-RUNNER-146',
  'LF-RUNNER-150',
  'LF-RUNNER-170',
  'LF-RUNNER-160',
  'LF-RUNNER-161',
  'LF-RUNNER-163',
  'LF-RUNNER-167',
  'LF-RUNNER-168',
  'LF-CONTRACT-010',
  'LF-CONTRACT-011',
  'LF-CONTRACT-012',
  'LF-CONTRACT-013',
  'LF-CONTRACT-014',
]);

/** Pure: whether an error while applying is the release's failure (then what to say), or something to wait for (null). */
export function failureOf(component: string, error: unknown): ComponentFailed | null {
  if (error instanceof ComponentFailed) return error;
  if (!(error instanceof LandfallError)) return null;
  if (!faultsOfTheRelease.has(error.code) || environmentReason(error) !== null) return null;
  // A hook (a migration) that ran out of time looks like a lost connection to whoever reads only the words.
  const hook = error.code === 'LF-ENGINES-010' && /(?<!web)hook/i.test(error.message);
  if (error.temporary && !hook && error.code !== 'LF-ENGINES-002') return null;
  return new ComponentFailed(component, 'ApplyFailed', `${component}: ${describeError(error)}`, { cause: error });
}

/** Another runner has taken over, or may have: this one changes nothing more and ends. */
export function isNoLongerOwner(error: unknown): boolean {
  return error instanceof LandfallError && (error.code === 'LF-RUNNER-003' || error.code === 'LF-RUNNER-004');
}
