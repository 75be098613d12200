import { expressionsIn, type JobComponent } from '../../../contract/index.ts';
import { ensureNamespace } from '../../components/ensure-namespace.ts';
import { awaitJobs, createJob, expireJobs, keepLogs } from '../../components/job/act.ts';
import { decideJob } from '../../components/job/decide.ts';
import { type DesiredJob, desiredJob } from '../../components/job/desired.ts';
import { isBusy, observeJobs, type SeenJob } from '../../components/job/observe.ts';
import { componentLabel } from '../../components/marks.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import type { ComponentKind, Settled, Work } from '../component-kind.ts';
import { scopeOf } from '../definition.ts';
import { requireSecrets } from '../needs/require-secrets.ts';
import { ComponentFailed } from '../stance/failure.ts';
import { isFalse, isTrue } from '../told/status.ts';

const completed = { Ready: isTrue('Completed', 'it has run to its end') };
/** Created, awaited, remembered, and as much for an earlier run; more would be somebody working against us. */
const mostSteps = 8;
const mostRemembered = 100;

export const jobKind: ComponentKind<JobComponent> = {
  settle,
  look: async ({ memory, status }, component) => {
    const record = await memory.component(component.name).read();
    status.component(component, 'Running', completed, record?.version ?? null);
  },
  // What a job has done stays done; that it was done is remembered, so that it is not done again should it come back.
  remove: async ({ parts, definition }, { name, record }) => {
    if (record.version !== null || record.applying !== null) {
      const message = `${name} is not part of ${definition.key.version}; what it has done is not undone`;
      parts.events.event({ reason: 'JobLeft', component: name, severity: 'warning', message });
    }
    return 'kept';
  },
  watchTargets: ({ jobs }) =>
    [...jobs].map(([component, namespace]) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      namespace,
      labelSelector: `${componentLabel}=${component}`,
    })),
  workloads: async () => [],
};

async function settle(work: Work, component: JobComponent): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version, digest, inputsDigest } = definition.key;
  await requireSecrets(parts, component.name, expressionsIn(component.template), definition, signals.stop);
  const scope = scopeOf(definition, parts.install);
  const desired = desiredJob(parts, component, scope, { release: digest, inputs: inputsDigest });
  const document = memory.component(component.name);
  parts.jobs.set(component.name, component.namespace);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const record = (await document.read()) ?? emptyRecord('job');
    const memorized = { ...record, succeeded: record.succeeded ?? [] };
    const jobs = await observeJobs(parts.kubernetes, component.name, component.namespace, signals.stop);
    const action = decideJob(desired, jobs, memorized, direction);
    switch (action.kind) {
      case 'none':
        await expire(work, component.name, jobs, desired);
        if (record.version !== version) {
          await parts.leaveOthers?.(signals.stop);
          await document.write({ ...record, version }, 'unchanged in this release');
        }
        status.component(component, 'Running', completed, version);
        return 'settled';
      case 'stay': {
        await expire(work, component.name, jobs, desired);
        const facts = { ...completed, Stalled: isTrue('ForwardOnly', action.why) };
        status.component(component, 'Running', facts, record.version);
        return 'moved';
      }
      case 'create':
        tell(work, component, action.why);
        parts.events.event({
          reason: 'JobStarted',
          component: component.name,
          severity: 'normal',
          message: action.why,
        });
        await ensureNamespace(parts, component.namespace, component.name, signals.stop);
        await document.write({ ...record, applying: desired.run }, 'a run begins');
        await createJob(parts, desired, action.why);
        break;
      case 'await': {
        tell(work, component, `${action.why}: ${action.names.join(', ')}`);
        const ended = await awaitJobs(parts, desired, jobs.filter(isBusy), signals);
        if (ended === 'superseded') return 'superseded';
        if (ended === 'late') throw failed(component, `${action.names.join(', ')} did not end in its time`);
        break;
      }
      case 'remember':
        if (action.job !== null) await keepLogs(parts, desired, action.job, signals.stop);
        // Its account has nothing more to do where an earlier run was.
        await parts.leaveOthers?.(signals.stop);
        await document.write(remembered(record, desired.run, version), 'it has run to its end');
        break;
      case 'fail':
        await keepLogs(parts, desired, action.job, signals.stop);
        throw failed(component, `${action.job} has failed: ${action.message}`);
    }
  }
  throw failed(component, 'its Job is deleted again and again before it ends');
}

function remembered(record: ComponentRecord, run: string, version: string): ComponentRecord {
  const succeeded = [...(record.succeeded ?? []).filter((item) => item !== run), run].slice(-mostRemembered);
  return { ...record, kind: 'job', version, fingerprint: run, applying: null, succeeded };
}

/** What has ended is let go, but for a failure that this very target still has to be judged by. */
async function expire(work: Work, component: string, jobs: readonly SeenJob[], desired: DesiredJob): Promise<void> {
  const known = jobs.filter((job) => job.state !== 'failed' || job.name !== desired.name);
  await expireJobs(work.parts, component, known);
}

function tell({ status, definition }: Work, component: JobComponent, message: string): void {
  const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('Applying', message) };
  status.component(component, 'Provisioned', facts, definition.key.version);
}

function failed(component: JobComponent, message: string): ComponentFailed {
  return new ComponentFailed(component.name, 'ApplyFailed', `${component.name}: ${message}`);
}
