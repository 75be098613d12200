import {
  type Component,
  type EntityMember,
  type EntityReference,
  type EntityType,
  type ExpressionScope,
  helmDefaults,
  type JobComponent,
  type JsonObject,
  LandfallError,
  resolveObject,
} from '../../contract/index.ts';
import { fingerprintOf } from '../components/fingerprint.ts';
import { isReservedNamespace } from '../policy/index.ts';
import { nameOfMember } from './names.ts';
import type { MemberRecord } from './record.ts';

/** How long something of an entity may hold up the runner at most (a finalizer of what must be replaced), in seconds. */
const longestHold = 30;

/** One component of an entity as a component of its own; null for a secret, which no release has. Expressions still stand in it. */
export function componentOfMember(
  entity: EntityReference,
  member: EntityMember,
  run: MemberRecord['run'],
): Component | null {
  if (member.kind === 'secret') return null;
  const name = nameOfMember(entity, member.name);
  if (member.kind === 'job') return jobOf(entity, member.name, member, run);
  const health = { ...member.health, timeoutSeconds: Math.min(member.health.timeoutSeconds, longestHold) };
  if (member.kind === 'helm') return { ...helmDefaults, ...member, name, releaseName: name, dependsOn: [], health };
  return { ...member, name, dependsOn: [], health };
}

/** `run` stands in the pods' template, so that a change there and back is run again. */
export function jobOf(
  entity: EntityReference,
  member: string,
  job: NonNullable<EntityType['cleanup']>,
  run: MemberRecord['run'],
): JobComponent {
  const template = withAnnotation(job.template, 'landfall.dev/entity-generation', String(run?.generation ?? 0));
  return { ...job, kind: 'job', name: nameOfMember(entity, member), dependsOn: [], template };
}

/** With which content a job is to run, and for which generation it was that it came to be so. */
export function runOf(
  job: Pick<JobComponent, 'template' | 'namespace' | 'images'>,
  scope: ExpressionScope,
  generation: number,
  before: MemberRecord['run'],
): NonNullable<MemberRecord['run']> {
  const { template, namespace, images } = job;
  const content = fingerprintOf({ namespace, images, template: resolveObject(template, scope) });
  return before?.content === content ? before : { content, generation };
}

/** Of the runner's own namespace and those of Kubernetes nothing is an entity's (LF-RUNNER-184). */
export function requireOwnNamespace(namespace: string, runners: string, what: string): void {
  if (!isReservedNamespace(namespace, runners)) return;
  throw new LandfallError('LF-RUNNER-184', `${what} reaches into the namespace ${namespace}`);
}

function withAnnotation(template: JsonObject, name: string, value: string): JsonObject {
  const metadata = asObject(template['metadata']);
  return {
    ...template,
    metadata: { ...metadata, annotations: { ...asObject(metadata['annotations']), [name]: value } },
  };
}

function asObject(value: JsonObject[string] | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
