import { type Clock, LandfallError, type RemedyRules } from '../../contract/index.ts';
import type { EffectKind } from '../effects/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { Effects, EventSink, PolicySource } from '../ports.ts';
import { decideRemedies, type Remedy, remediesForbidden } from './decide.ts';
import { observeTroubles, type Patient } from './observe.ts';
import type { RemedyMemory, Trouble, TroubleKind } from './trouble.ts';

export type RemedyParts = {
  kubernetes: Kubernetes;
  /** With whose rights something of a component is changed. */
  as: (component: string) => Pick<Kubernetes, 'apply' | 'delete'>;
  effects: Effects;
  events: EventSink;
  policy: PolicySource;
  clock: Clock;
  memory: { read(): Promise<RemedyMemory | null>; write(value: RemedyMemory, intent: string): Promise<void> };
  /** Of every component that is kept. */
  rulesOf: (component: string) => RemedyRules | null;
  /** An object as its component wants it, and who applies it; null: it is no part of it any more. */
  wanted: (
    component: string,
    job: { namespace: string; name: string },
  ) => { object: KubeObject; fieldManager: string } | null;
};
export type Remedied = {
  /** What stays in trouble after all that may be tried, by component. */ exhausted: Map<string, string>;
  until: Date | null;
};

const effectKinds: Readonly<Record<TroubleKind, EffectKind>> = {
  'stuck-attachment': 'remedy-attachment',
  'crash-loop': 'remedy-pod',
  'failed-job': 'remedy-job',
};
const reasons: Readonly<Record<TroubleKind, string>> = {
  'stuck-attachment': 'AttachmentRecycled',
  'crash-loop': 'PodRestarted',
  'failed-job': 'JobRerun',
};

/** One round: what was begun is finished, what is seen is decided, counted, and only then done. `patients`: components told unhealthy. */
export async function applyRemedies(
  parts: RemedyParts,
  patients: readonly Patient[],
  signal: AbortSignal,
): Promise<Remedied> {
  const { kubernetes, clock, policy, memory, events } = parts;
  const before = (await memory.read()) ?? { attempts: [], reruns: [] };
  const nothing = patients.length === 0 && before.attempts.length === 0 && before.reruns.length === 0;
  if (nothing) return { exhausted: new Map(), until: null };
  const reruns = await finishReruns(parts, before.reruns, signal);
  const now = clock.now();
  const seen = await observeTroubles(kubernetes, patients, now, signal);
  const forbidden = remediesForbidden(policy.current());
  // What could not be made again is not deleted.
  const troubles = seen.troubles.filter(
    ({ kind, component, object }) => kind !== 'failed-job' || parts.wanted(component, object) !== null,
  );
  const decision = decideRemedies({ troubles, attempts: before.attempts, rulesOf: parts.rulesOf, forbidden, now });
  const begun = decision.act
    .filter(({ trouble }) => trouble.kind === 'failed-job')
    .map(({ trouble: { component, object } }) => ({ component, namespace: object.namespace, name: object.name }));
  const intent = decision.act.length === 0 ? 'nothing is done' : `${decision.act.length} remedies begin`;
  // Before the first of them: a runner that dies in the middle has counted what it may have done.
  await memory.write({ attempts: decision.attempts, reruns: [...reruns, ...begun] }, intent);
  for (const remedy of decision.act) await carryOut(parts, remedy);
  if (begun.length > 0) {
    const left = await finishReruns(parts, [...reruns, ...begun], signal);
    await memory.write({ attempts: decision.attempts, reruns: left }, 'created again');
  }
  const exhausted = new Map<string, string>();
  for (const { trouble, isNew } of decision.exhausted) {
    const message = `${trouble.workload}: nothing more is tried: ${trouble.message}`;
    exhausted.set(trouble.component, message);
    if (isNew) events.event({ reason: 'RemedyExhausted', component: trouble.component, severity: 'warning', message });
  }
  const times = [seen.until, decision.until].flatMap((time) => (time === null ? [] : [time.getTime()]));
  return { exhausted, until: times.length === 0 ? null : new Date(Math.min(...times)) };
}

async function carryOut({ effects, events, as }: RemedyParts, { trouble, nth, most }: Remedy): Promise<void> {
  const { component } = trouble;
  const message = `${trouble.message}: ${deedOf(trouble)} (${nth} of ${most})`;
  const told = await effects.run(effectKinds[trouble.kind], { target: component, intent: message }, async (context) => {
    const detached = await detach(as(component), trouble, context.signal);
    const { uid, ...ref } = trouble.object;
    await as(component).delete(ref, { uid, signal: context.signal });
    return detached === null ? message : `${message}; ${detached}`;
  });
  events.event({ reason: reasons[trouble.kind], component, severity: 'warning', message: told });
}

/** An attachment to a node that is gone is in the way of every pod to come. Returns what became of it, or null: there is none. */
async function detach(
  as: Pick<Kubernetes, 'delete'>,
  { attachment }: Trouble,
  signal: AbortSignal,
): Promise<string | null> {
  if (attachment === undefined) return null;
  const { uid, ...ref } = attachment;
  try {
    await as.delete(ref, { uid, signal });
    return `the attachment ${ref.name} is deleted`;
  } catch (error) {
    // Only who was given the right may: rights.volumeattachments in docs/customer/rights.md.
    if (!isRefused(error)) throw error;
    return `the attachment ${ref.name} stays, since its account may not delete VolumeAttachments`;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof LandfallError && (error.code === 'LF-RUNNER-150' || error.details['status'] === 403);
}

function deedOf({ kind }: Trouble): string {
  return kind === 'failed-job' ? 'it is run again' : 'the pod is deleted, its controller makes another one';
}

/** Jobs that were deleted are created as their component wants them; returns those that are not gone yet. */
async function finishReruns(
  { kubernetes, as, effects, wanted }: RemedyParts,
  reruns: RemedyMemory['reruns'],
  signal: AbortSignal,
): Promise<RemedyMemory['reruns']> {
  const left: RemedyMemory['reruns'] = [];
  for (const rerun of reruns) {
    const want = wanted(rerun.component, rerun);
    if (want === null) continue;
    const { namespace, name } = rerun;
    const there = await kubernetes.get({ apiVersion: 'batch/v1', kind: 'Job', namespace, name }, { signal });
    if (there !== null) {
      if (there.metadata.deletionTimestamp !== undefined) left.push(rerun);
      continue;
    }
    await effects.run('remedy-job', { target: rerun.component, intent: `Job ${name} is created again` }, (context) =>
      as(rerun.component).apply(want.object, { fieldManager: want.fieldManager, force: true, signal: context.signal }),
    );
  }
  return left;
}
