import { LandfallError } from '../../../contract/index.ts';
import type { FakeCall, FakeInstall } from '../../testing/index.ts';

/** What goes wrong outside, and how often before it is over. */
export type Fault = {
  what:
    | 'the API server does not answer'
    | 'the API server restarts'
    | 'writes conflict'
    | 'the API server throttles'
    | 'a webhook fails'
    | 'a webhook refuses'
    | 'the registry is away'
    | 'a quota is exceeded'
    | 'the store cannot be written';
  /** Calls that pass before it begins. Default 0. */
  after?: number;
  /** Calls that fail; absent: all. */
  times?: number;
  /** Only of this kind of object. */
  of?: string;
};

const writes: ReadonlySet<FakeCall['verb']> = new Set(['create', 'replace', 'apply', 'patch', 'delete']);

export function injectFault(install: FakeInstall, fault: Fault): void {
  let left = fault.times ?? Infinity;
  let before = fault.after ?? 0;
  const due = (): boolean => before-- <= 0 && left-- > 0;
  if (fault.what === 'the registry is away') {
    install.mirrorFaults.ensure = () => {
      if (due()) throw new LandfallError('LF-OCI-002', 'the registry does not answer', { temporary: true });
    };
    return;
  }
  install.kubernetes.before = (call) => {
    if (!concerns(fault, call) || !due()) return;
    throw errorOf(fault.what, call);
  };
}

function concerns(fault: Fault, { verb, kind, name }: FakeCall): boolean {
  if (fault.of !== undefined && kind !== fault.of) return false;
  const isStore = name.startsWith('lf-');
  switch (fault.what) {
    case 'the store cannot be written':
      return isStore && writes.has(verb);
    case 'writes conflict':
    case 'a webhook fails':
    case 'a webhook refuses':
    case 'a quota is exceeded':
      return !isStore && writes.has(verb);
    default:
      return true;
  }
}

function errorOf(what: Fault['what'], { verb, kind, name }: FakeCall): LandfallError {
  const call = `${verb} ${kind} ${name}`;
  const refused = (status: number, reason: string, temporary: boolean): LandfallError =>
    new LandfallError('LF-RUNNER-001', `${call}: ${status} ${reason}`, { temporary, details: { status, reason } });
  switch (what) {
    case 'the API server throttles':
      return refused(429, 'TooManyRequests', true);
    case 'writes conflict':
      return refused(409, 'Conflict', true);
    case 'a webhook fails':
      return refused(500, 'InternalError: failed calling webhook', true);
    case 'a webhook refuses':
    case 'a quota is exceeded':
      return refused(403, 'Forbidden', false);
    default:
      return new LandfallError('LF-RUNNER-001', `${call}: connection refused`, { temporary: true });
  }
}
