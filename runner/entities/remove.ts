import type { EntityType } from '../../contract/index.ts';
import { componentLabel } from '../components/marks.ts';
import { pruneManifests } from '../components/manifests/act.ts';
import { decideManifests } from '../components/manifests/decide.ts';
import { refOfId, stageOf } from '../components/manifests/identity.ts';
import { nameOfId, observeManifests } from '../components/manifests/observe.ts';
import { passingKinds } from '../health/index.ts';
import { refOf } from '../kubernetes/index.ts';
import { ofKind, removeLeftover } from '../reconcile/kinds/index.ts';
import { scopeOf } from '../reconcile/definition.ts';
import { jobOf, runOf } from './instantiate.ts';
import { removeCopy } from './copy-secret.ts';
import { nameOfMember } from './names.ts';
import { type EntityRecord, type MemberRecord, withoutMember } from './record.ts';
import { type EntityWork, workOf } from './work.ts';

const cleanup = 'cleanup';

/** Everything that the entity has made goes, in the reverse order, then its type's job for the end runs. Null: nothing is left of it; else what is waited for. */
export async function removeEntity(
  work: EntityWork,
  record: EntityRecord,
  /** Before it is forgotten. */
  lastOfAll: () => Promise<void>,
): Promise<string | null> {
  const { document } = work;
  let now = record.removing ? record : { ...record, removing: true };
  if (!record.removing) await document.write(now, 'it is not wanted any more');
  for (const member of [...record.members].reverse()) {
    if (member.name === cleanup) continue;
    const left = await removeMember(work, member);
    if (left !== null) return left;
    now = withoutMember((await document.read()) ?? now, member.name);
    await document.write(now, `${member.name} is gone`);
  }
  const left = await cleanUp(work, now);
  if (left !== null) return left;
  await lastOfAll();
  await document.remove('nothing is left of it');
  return null;
}

/** Takes away what one component of an entity has made. Null: it is gone. Nothing is waited for here: what goes away wakes the entity. */
export async function removeMember(work: EntityWork, member: MemberRecord): Promise<string | null> {
  const { parts, entity, stop } = work;
  const name = nameOfMember(entity, member.name);
  const why = `${name} is taken away`;
  switch (member.kind) {
    case 'secret':
      for (const copy of member.copies ?? []) await removeCopy(work, name, copy, why);
      return null;
    case 'job':
      return (await undo(work, member)) ?? removeJobs(work, name, member.namespace);
    case 'manifests': {
      const inventory = member.component?.inventory ?? [];
      for (;;) {
        const observed = await observeManifests(parts.kubernetes, new Map(), name, null, inventory, {
          drift: false,
          signal: stop,
        });
        const memory = { fingerprint: null, applying: null, inventory };
        const action = decideManifests(null, observed, memory, stageOfId, isPassing);
        if (action.kind === 'await') return `${action.ids.map(nameOfId).join(', ')} is being deleted`;
        if (action.kind !== 'prune') break;
        await pruneManifests(parts, name, action.ids, why);
      }
      parts.manifests.delete(name);
      return null;
    }
    default:
      if (member.component !== null)
        await removeLeftover(workOf(work, member, 'keep'), { name, record: member.component });
      return null;
  }
}

async function removeJobs(
  { parts, stop }: Pick<EntityWork, 'parts' | 'stop'>,
  name: string,
  namespace: string,
): Promise<string | null> {
  const labelSelector = `${componentLabel}=${name}`;
  const query = { apiVersion: 'batch/v1', kind: 'Job', namespace, labelSelector, metadataOnly: true, signal: stop };
  const { items } = await parts.kubernetes.list(query);
  const there = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (there.length > 0) {
    const intent = `delete the Jobs ${there.map(({ metadata }) => metadata.name).join(', ')}`;
    await parts.effects.run('entity-remove', { target: name, intent }, async (context) => {
      for (const job of there) {
        const { uid } = job.metadata;
        await parts.kubernetes.delete(
          { ...refOf(job), apiVersion: 'batch/v1', kind: 'Job' },
          { uid, signal: context.signal },
        );
      }
    });
    const { items: left } = await parts.kubernetes.list(query);
    if (left.length > 0) return 'its Jobs are being deleted';
  } else if (items.length > 0) return 'its Jobs are being deleted';
  parts.jobs.delete(name);
  return null;
}

/** What a job has done is undone by another, where its type says how. It goes by the same name: nothing else can have it. */
async function undo(work: EntityWork, member: MemberRecord): Promise<string | null> {
  const { type, entity, definition, parts } = work;
  const job = type?.components.find(({ name }) => name === member.name);
  // Null: it was never begun.
  if (job?.kind !== 'job' || job.undo === undefined || member.component === null) return null;
  const undoing = { ...job, ...job.undo, runOn: 'inputs' as const };
  const run = runOf(undoing, scopeOf(definition, parts.install), entity.generation, member.run);
  if (member.run?.content !== run.content) {
    // Not beside what it undoes.
    const left = await removeJobs(work, nameOfMember(entity, member.name), member.namespace);
    if (left !== null) return left;
  }
  return (await runJob(work, member.name, undoing, run)) ? null : `what ${member.name} has done is being undone`;
}

/** Whether it has run to its end. */
async function runJob(
  work: EntityWork,
  name: string,
  job: NonNullable<EntityType['cleanup']>,
  run: NonNullable<MemberRecord['run']>,
): Promise<boolean> {
  const head = { name, kind: 'job' as const, namespace: job.namespace, run };
  return (await ofKind(jobOf(work.entity, name, job, run)).settle(workOf(work, head, 'forward'))) === 'settled';
}

/** Runs the job for the end, if the type has one; what it was is deleted, too. */
async function cleanUp(work: EntityWork, record: EntityRecord): Promise<string | null> {
  const { parts, type, entity, definition } = work;
  const before = record.members.find(({ name }) => name === cleanup);
  if (type === null || type.cleanup === undefined) {
    if (type === null) tellSkipped(work);
  } else {
    const job = type.cleanup;
    const run = runOf(job, scopeOf(definition, parts.install), record.generation, before?.run);
    if (!(await runJob(work, cleanup, job, run))) return 'its cleanup runs';
  }
  const namespace = type?.cleanup?.namespace ?? before?.namespace;
  return namespace === undefined ? null : removeJobs(work, nameOfMember(entity, cleanup), namespace);
}

function tellSkipped({ parts, entity }: EntityWork): void {
  const message = `${entity.type} is not part of the release any more: whether it had a cleanup is not known, and none was run`;
  parts.events.event({
    reason: 'CleanupUnknown',
    component: nameOfMember(entity, cleanup),
    severity: 'warning',
    message,
  });
}

const stageOfId = (id: string): number => stageOf(refOfId(id));
const isPassing = (id: string): boolean => passingKinds.has(refOfId(id).kind);
