import { type HelmComponent, LandfallError } from '../../../contract/index.ts';
import { afterFailure, decideTry, type Pair, type Try } from '../../components/helm/remedy.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import { MustWait } from '../../waits.ts';
import { backoffMs } from '../stance/backoff.ts';
import type { Work } from '../component-kind.ts';
import { ComponentFailed, failureOf } from '../stance/failure.ts';
import { helmIdOf, settleHelm } from './settle-helm.ts';

/** What may go better the next time; what else fails, fails again in the same way. */
const worthAnotherTry: ReadonlySet<string> = new Set([
  'LF-ENGINES-002',
  'LF-ENGINES-010',
  'LF-RUNNER-143',
  'LF-RUNNER-144',
]);

/** What is counted together: a way to a release that is begun anew (approved after it was held) is asked for anew. */
export async function pairOf({ definition, direction, memory }: Work, fingerprint: string): Promise<Pair> {
  const { digest, inputsDigest } = definition.key;
  const begun = direction === 'forward' ? ((await memory.transition.read())?.startedAt ?? '') : 'kept';
  return { fingerprint, release: `${digest}/${inputsDigest}/${begun}` };
}

/** Whether the component may be tried now. On the way back nothing is counted: it has to get there. */
export async function mayTry(work: Work, component: HelmComponent, pair: Pair): Promise<Try> {
  if (work.direction === 'back') return { kind: 'go' };
  const record = await work.memory.component(component.name).read();
  if (isInForce(work, record, pair)) return { kind: 'go' };
  const tried = decideTry(record?.failed ?? [], pair, component.retries, work.parts.clock.now());
  if (tried.kind === 'wait') throw retryLater(component, tried);
  return tried;
}

/** What is kept and worked before has nothing to fall back on: it is tried until it works again. */
function isInForce({ direction }: Work, record: ComponentRecord | null, { fingerprint }: Pair): boolean {
  return direction === 'keep' && record?.fingerprint === fingerprint;
}

/**
 * After a failure: what has failed is remembered, and tried again later while there are tries left. Throws MustWait or ComponentFailed; returns
 * where the component is only being kept, so that what was there before can come back.
 */
export async function remedy(work: Work, component: HelmComponent, pair: Pair, error: unknown): Promise<void> {
  const failure = failureOf(component.name, error);
  if (failure === null) throw error;
  const { parts, memory, direction, signals } = work;
  if (direction === 'back') throw failure;
  signals.stop.throwIfAborted();
  const document = memory.component(component.name);
  const record = (await document.read()) ?? emptyRecord('helm');
  if (isInForce(work, record, pair)) throw failure;
  const now = parts.clock.now();
  const failed = afterFailure(record.failed ?? [], pair, {
    reason: failure.message,
    retries: component.retries,
    worthwhile: isWorthwhile(error),
    now,
    backoff: parts.backoff ?? backoffMs,
  });
  await document.write({ ...record, failed }, `${component.name} has failed`);
  const next = decideTry(failed, pair, component.retries, now);
  // The very next moment counts as later, too: the try is another pass's.
  if (next.kind !== 'given-up') {
    throw retryLater(component, next.kind === 'wait' ? next : { until: now, reason: failure.message, next: 2 });
  }
  if (direction === 'keep') {
    const message = `${failure.message}; what ran before stays`;
    parts.events.event({ reason: 'HelmGivenUp', component: component.name, severity: 'warning', message });
    return;
  }
  if (component.failedInstall === 'uninstall' && (await isFirstInstall(work, component))) {
    await uninstall(work, component, failure);
  }
  throw failure;
}

function isWorthwhile(error: unknown): boolean {
  if (error instanceof ComponentFailed) return error.reason === 'HealthFailed';
  return error instanceof LandfallError && worthAnotherTry.has(error.code);
}

function retryLater(component: HelmComponent, { until, reason, next }: { until: Date; reason: string; next: number }) {
  const message = `try ${next} of ${component.retries + 1} comes later: ${reason}`;
  return new MustWait({ reason: 'Retrying', message, until });
}

async function isFirstInstall({ memory }: Work, component: HelmComponent): Promise<boolean> {
  const lastGood = await memory.lastGood.read();
  return lastGood === null || !lastGood.release.components.some(({ name }) => name === component.name);
}

async function uninstall(work: Work, component: HelmComponent, failure: ComponentFailed): Promise<void> {
  const { parts, direction, signals } = work;
  const message = `its first install has failed: ${failure.message}`;
  const tell = (): void =>
    parts.events.event({ reason: 'HelmUninstall', component: component.name, severity: 'warning', message });
  await settleHelm(parts, helmIdOf(component), null, direction, tell, signals.stop);
}
