import {
  awsSecretsFeature,
  type DesiredState,
  entitiesFeature,
  type EntityList,
  entityListSchema,
  type Envelope,
  LandfallError,
  type Limit,
  type RequestList,
  type Verifier,
  desiredStateSchema,
  limits,
  parseJson,
  payloadTypes,
  requestListSchema,
  releaseFeatures,
  requireKnown,
  sha256,
} from '../../contract/index.ts';
import * as z from 'zod';

/** Critical features this runner knows; reports list them. */
export const knownFeatures: ReadonlySet<string> = new Set<string>([
  ...releaseFeatures,
  awsSecretsFeature,
  entitiesFeature,
]);

/** Each check can be switched off for the twin of its test, in which the attack then succeeds. Never in the product. */
export type Guards = {
  readonly [
    check in
      | 'signature'
      | 'size'
      | 'depth'
      | 'critical'
      | 'install'
      | 'product'
      | 'sequence'
      | 'expiry'
      | 'target'
      | 'namespace'
  ]?: false;
};

/** What was accepted last: the highest sequence ever, and the digest of that document. */
export type Highest = { sequence: number; payload: string } | null;

export type AcceptContext = {
  install: string;
  /** The one product this install is of. */
  product: string;
  verifier: Verifier;
  highest: Highest;
  now: Date;
  guards?: Guards;
};

export type Accepted = { kind: 'newer' | 'same'; desired: DesiredState; payload: string };

/** Whether a desired state that has arrived may be put in force. Throws the reason why not; nothing is changed then. */
export async function acceptDesiredState(envelope: Envelope, context: AcceptContext): Promise<Accepted> {
  const { desired, payload } = await openDesiredState(envelope, context);
  const { highest, now, guards = {} } = context;
  if (highest !== null && desired.sequence === highest.sequence && payload === highest.payload) {
    return { kind: 'same', desired, payload };
  }
  requireNewer(desired.sequence, highest?.sequence ?? 0, 'the desired state', guards);
  requireProduct(desired, context.product, guards);
  requireUnexpired(desired, now, guards);
  return { kind: 'newer', desired, payload };
}

/** Also asked when the release has come at last: fetching it may have taken days. */
export function requireUnexpired(desired: DesiredState, now: Date, guards: Guards): void {
  if (guards.expiry === false || Date.parse(desired.expiresAt) > now.getTime()) return;
  const message = `the desired state ${desired.sequence} expired at ${desired.expiresAt}; it is ${now.toISOString()}`;
  throw new LandfallError('LF-RUNNER-053', message);
}

/** What also holds for a document accepted before and loaded again: its signature, its shape and its install. Not its sequence, not its expiry. */
export async function openDesiredState(
  envelope: Envelope,
  context: Pick<AcceptContext, 'install' | 'verifier' | 'guards'>,
): Promise<{ desired: DesiredState; payload: string }> {
  const guards = context.guards ?? {};
  const bytes = await openEnvelope(envelope, payloadTypes.desiredState, context.verifier, guards);
  const desired = parseSigned(bytes, 'DesiredState', desiredStateSchema, limits.desiredState, guards);
  requireInstall(desired.install, context.install, 'the desired state', guards);
  return { desired, payload: sha256(bytes) };
}

/** The list of requests has a sequence of its own. null: nothing new in it. */
export async function acceptRequests(
  envelope: Envelope,
  context: Omit<AcceptContext, 'highest' | 'product'> & { highest: number },
): Promise<RequestList | null> {
  const guards = context.guards ?? {};
  const bytes = await openEnvelope(envelope, payloadTypes.requests, context.verifier, guards);
  const list = parseSigned(bytes, 'RequestList', requestListSchema, limits.requests, guards);
  requireInstall(list.install, context.install, 'the list of requests', guards);
  if (list.sequence === context.highest) return null;
  requireNewer(list.sequence, context.highest, 'the list of requests', guards);
  return list;
}

/** The list of entities has a sequence of its own, too, and an expiry. null: nothing new in it. */
export async function acceptEntities(
  envelope: Envelope,
  context: Omit<AcceptContext, 'highest' | 'product'> & { highest: number },
): Promise<EntityList | null> {
  const guards = context.guards ?? {};
  const list = await openEntities(envelope, context);
  if (list.sequence === context.highest) return null;
  requireNewer(list.sequence, context.highest, 'the list of entities', guards);
  if (guards.expiry === false || Date.parse(list.expiresAt) > context.now.getTime()) return list;
  const message = `the list of entities ${list.sequence} expired at ${list.expiresAt}; it is ${context.now.toISOString()}`;
  throw new LandfallError('LF-RUNNER-053', message);
}

/** What also holds for a list that was accepted before. */
export async function openEntities(
  envelope: Envelope,
  context: Pick<AcceptContext, 'install' | 'verifier' | 'guards'>,
): Promise<EntityList> {
  const guards = context.guards ?? {};
  const bytes = await openEnvelope(envelope, payloadTypes.entities, context.verifier, guards);
  const list = parseSigned(bytes, 'EntityList', entityListSchema, limits.entities, guards);
  requireInstall(list.install, context.install, 'the list of entities', guards);
  return list;
}

export async function openEnvelope(
  envelope: Envelope,
  payloadType: string,
  verifier: Verifier,
  guards: Guards,
): Promise<Buffer> {
  return guards.signature === false ? Buffer.from(envelope.payload, 'base64') : verifier.verify(envelope, payloadType);
}

/** Size and depth are checked before JSON is parsed, critical features before the shape: a newer document may have another one. */
export function parseSigned<T extends z.ZodType>(
  bytes: Uint8Array,
  kind: string,
  schema: T,
  limit: Limit,
  guards: Guards,
): z.infer<T> {
  const bound = {
    bytes: guards.size === false ? Number.MAX_SAFE_INTEGER : limit.bytes,
    depth: guards.depth === false ? Number.MAX_SAFE_INTEGER : limit.depth,
  };
  const what = `the ${kind} document`;
  const document = parseJson(bytes, z.json(), what, bound);
  if (guards.critical !== false) requireKnown(document, kind, knownFeatures);
  return parseJson(bytes, schema, what, bound);
}

function requireInstall(named: string, own: string, what: string, guards: Guards): void {
  if (guards.install === false || named === own) return;
  throw new LandfallError('LF-RUNNER-051', `${what} is meant for the install ${named}; this is ${own}`);
}

/** The vendor signs more than one product: whoever holds the desired-state key must not put another one in the place of this one. */
function requireProduct({ release, sequence }: DesiredState, own: string, guards: Guards): void {
  if (guards.product === false || release === null || release.product === own) return;
  throw new LandfallError(
    'LF-RUNNER-070',
    `the desired state ${sequence} names a release of ${release.product}; this install is of ${own}`,
  );
}

function requireNewer(sequence: number, highest: number, what: string, guards: Guards): void {
  if (guards.sequence === false || sequence > highest) return;
  throw new LandfallError('LF-RUNNER-052', `${what} has sequence ${sequence}; ${highest} was accepted before`);
}
