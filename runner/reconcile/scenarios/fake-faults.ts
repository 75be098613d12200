import { LandfallError } from '../../../contract/index.ts';
import type { FakeCall, FakeInstall } from '../../testing/index.ts';
import { type Fault, type Strikes, strikesOf } from './faults.ts';

const writes: ReadonlySet<FakeCall['verb']> = new Set(['create', 'replace', 'apply', 'patch', 'delete']);
/** What admission is asked about: also what would be written. */
const admitted: ReadonlySet<FakeCall['verb']> = new Set([...writes, 'dry-run']);

export function strikeFake(install: FakeInstall, fault: Fault): Strikes {
  const strikes = strikesOf(fault);
  const { due } = strikes;
  if (fault.what === 'the registry is away') {
    install.mirrorFaults.ensure = () => {
      if (due()) throw new LandfallError('LF-OCI-002', 'the registry does not answer', { temporary: true });
    };
    return strikes;
  }
  install.kubernetes.before = (call) => {
    const isNew = install.kubernetes.find(call.kind, call.name) === undefined;
    if (fault.holding !== undefined && !JSON.stringify(call.object ?? '').includes(fault.holding)) return;
    if (!concerns(fault, call, isNew) || !due()) return;
    throw errorOf(fault.what, call);
  };
  return strikes;
}

function concerns(fault: Fault, { verb, kind, name }: FakeCall, isNew: boolean): boolean {
  if (fault.of !== undefined && kind !== fault.of) return false;
  const isStore = name.startsWith('lf-');
  switch (fault.what) {
    case 'the store cannot be written':
      return isStore && writes.has(verb);
    case 'writes conflict':
      return !isStore && writes.has(verb);
    case 'a webhook fails':
    case 'a webhook refuses':
      return !isStore && admitted.has(verb);
    case 'a quota is exceeded':
      return !isStore && admitted.has(verb) && isNew;
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
    case 'a webhook refuses': {
      const said = 'admission webhook "rules.customer.test" denied the request: the customer does not want this';
      return refused(403, `Forbidden: ${said}`, false);
    }
    case 'a quota is exceeded': {
      const room = 'requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2';
      return refused(403, `Forbidden: configmaps "${name}" is forbidden: exceeded quota: full, ${room}`, false);
    }
    default:
      return new LandfallError('LF-RUNNER-001', `${call}: connection refused`, { temporary: true });
  }
}
