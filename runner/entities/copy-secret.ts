import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type EntityMember, type JsonObject, LandfallError, resolveObject } from '../../contract/index.ts';
import { ensureNamespace } from '../components/ensure-namespace.ts';
import { componentLabel, managedBy, managedByLabel } from '../components/marks.ts';
import { isOurs } from '../components/manifests/identity.ts';
import type { KubeObject, ObjectRef } from '../kubernetes/index.ts';
import { scopeOf } from '../reconcile/definition.ts';
import { requireOwnNamespace } from './instantiate.ts';
import { nameOfMember } from './names.ts';
import { type EntityWork, writeMember } from './work.ts';

/** On the customer's Secret: the namespaces that it may be copied to, separated by commas. Only who may write the Secret can say so. */
export const copyToAnnotation = 'landfall.dev/copy-to';
const fieldManager = 'landfall-entities';

export type SecretMember = Extract<EntityMember, { kind: 'secret' }>;
/** For the twin of its test alone. */
export type CopyGuards = { readonly consent?: false };

type Place = { namespace: string; name: string };

const placesSchema = z.object({
  secretName: z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/),
  from: z.object({ namespace: z.string().min(1).max(63), name: z.string().min(1).max(253) }),
});
const secretSchema = z.looseObject({
  type: z.string().default('Opaque'),
  data: z.record(z.string(), z.string()).default({}),
});

/** Where the customer's Secret is, and where its copy goes. */
export function placesOf(
  work: Pick<EntityWork, 'definition' | 'parts'>,
  member: SecretMember,
): { from: Place; to: Place } {
  const { secretName, from } = member;
  const settings: JsonObject = { secretName, from };
  const resolved = placesSchema.safeParse(resolveObject(settings, scopeOf(work.definition, work.parts.install)));
  if (resolved.success)
    return { from: resolved.data.from, to: { namespace: member.namespace, name: resolved.data.secretName } };
  throw new LandfallError(
    'LF-RUNNER-181',
    `${member.name} names no Secret: ${resolved.error.issues[0]?.message ?? ''}`,
  );
}

/**
 * The copy is there and as the customer's Secret is now. Its value is read, compared and written inside the cluster; it is in no record, journal,
 * log or report. Where the customer does not allow it (any more), there is no copy.
 */
export async function settleSecretCopy(work: EntityWork, member: SecretMember, guards: CopyGuards = {}): Promise<void> {
  const { parts, entity, stop } = work;
  const { kubernetes, effects } = parts;
  const component = nameOfMember(entity, member.name);
  const { from, to } = placesOf(work, member);
  requireOwnNamespace(from.namespace, parts.namespace, component);
  requireOwnNamespace(to.namespace, parts.namespace, component);
  const source = await kubernetes.get(refOf(from), { signal: stop });
  const copy = await kubernetes.get(refOf(to), { signal: stop });
  if (copy !== null && !isOurs(copy, component)) {
    throw new LandfallError('LF-RUNNER-186', `${component}: the Secret ${to.namespace}/${to.name} is not its own`);
  }
  if (source === null) {
    const message = `${component} needs the Secret ${from.namespace}/${from.name}, which is not there`;
    throw new LandfallError('LF-RUNNER-182', message, { temporary: true });
  }
  if (guards.consent !== false && !allows(source, to.namespace)) {
    if (copy !== null) await removeCopy(work, component, to, 'the customer does not allow it any more');
    const message = `${component}: the Secret ${from.namespace}/${from.name} does not allow to be copied to ${to.namespace}`;
    throw new LandfallError('LF-RUNNER-183', message);
  }
  const wanted = contentOf(source, member, component);
  const there = copy === null ? null : secretSchema.parse(copy);
  if (there !== null && there.type === wanted.type && isDeepStrictEqual(there.data, wanted.data)) return;
  // Before it is there: what is begun must be found again. A former copy, under another name, goes when this one is there.
  const { name, kind, namespace } = member;
  const before = (await work.document.read())?.members.find((each) => each.name === name)?.copies ?? [];
  const copies = [...before.filter((each) => !isDeepStrictEqual(each, to)), to].slice(-4);
  await writeMember(work, { name, kind, namespace, component: null, copies }, 'a copy begins');
  await ensureNamespace(parts, to.namespace, component, stop);
  // The type of a Secret cannot be changed.
  if (there !== null && there.type !== wanted.type) await removeCopy(work, component, to, 'it is of another type now');
  const metadata = { ...to, labels: { [managedByLabel]: managedBy, [componentLabel]: component } };
  const intent = `copy Secret ${from.namespace}/${from.name} to ${to.namespace}/${to.name}`;
  await effects.run('entity-secret', { target: component, intent }, (context) =>
    kubernetes.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata, ...wanted },
      { fieldManager, force: true, signal: context.signal },
    ),
  );
  for (const old of copies.slice(0, -1)) await removeCopy(work, component, old, 'it has another name now');
  if (copies.length > 1)
    await writeMember(work, { name, kind, namespace, component: null, copies: [to] }, 'one copy is left');
}

/** Only a copy of this very entity. */
export async function removeCopy(
  { parts, stop }: EntityWork,
  component: string,
  at: Place,
  why: string,
): Promise<void> {
  const copy = await parts.kubernetes.get(refOf(at), { metadataOnly: true, signal: stop });
  if (copy === null || !isOurs(copy, component)) return;
  const intent = `delete Secret ${at.namespace}/${at.name}: ${why}`;
  const { uid } = copy.metadata;
  await parts.effects.run('entity-remove', { target: component, intent }, (context) =>
    parts.kubernetes.delete(refOf(at), { uid, signal: context.signal }),
  );
}

function allows(source: KubeObject, namespace: string): boolean {
  const named = source.metadata.annotations?.[copyToAnnotation] ?? '';
  return named.split(',').some((each) => each.trim() === namespace);
}

function contentOf(
  source: KubeObject,
  member: SecretMember,
  component: string,
): { type: string; data: Record<string, string> } {
  const { type, data } = secretSchema.parse(source);
  const names = Object.entries(member.keys);
  if (names.length === 0) return { type, data };
  const chosen = names.map(([as, key]): [string, string] => {
    const value = data[key];
    if (value !== undefined) return [as, value];
    const message = `${component} needs the key ${key} of its Secret, which is not in it`;
    throw new LandfallError('LF-RUNNER-182', message, { temporary: true });
  });
  return { type: 'Opaque', data: Object.fromEntries(chosen) };
}

function refOf({ namespace, name }: Place): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name };
}
