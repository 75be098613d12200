import { isDeepStrictEqual } from 'node:util';
import { type Clock, describeError, LandfallError } from '../../contract/index.ts';
import { ensureNamespace } from '../components/ensure-namespace.ts';
import { type Impersonation, type KubeObject, type Kubernetes, refOf } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';
import { type Account, accountOf, type Who } from './account.ts';

export type GrantParts = {
  kubernetes: Kubernetes;
  impersonation: Pick<Impersonation, 'isAllowed'>;
  effects: Effects;
  clock: Clock;
  /** The runner's own. */
  namespace: string;
};

/** The chart's ClusterRole with what every component may do in its own namespaces; the only one that the runner may bind. */
export const usualRole = 'landfall-component';
export const accountLabel = 'landfall.dev/account';
const fieldManager = 'landfall-runner';
const rbac = 'rbac.authorization.k8s.io';
const bindingType = { apiVersion: `${rbac}/v1`, kind: 'RoleBinding' };
const accountType = { apiVersion: 'v1', kind: 'ServiceAccount' };
const labels = (component: string) => ({ 'app.kubernetes.io/managed-by': 'landfall', [accountLabel]: component });

/** The component's account is there and has the usual rights in its namespaces, which are made where they are not there. */
export async function giveUsualRights(parts: GrantParts, who: Who, signal: AbortSignal): Promise<void> {
  const { kubernetes, effects } = parts;
  const account = accountOf(parts.namespace, who.component);
  for (const name of who.namespaces) await ensureNamespace({ kubernetes, effects }, name, who.component, signal);
  const wanted = [accountObject(account, who), ...who.namespaces.map((namespace) => binding(account, who, namespace))];
  const live = await Promise.all(wanted.map((object) => kubernetes.get(refOf(object), { signal })));
  const changed = wanted.filter((object, i) => !isAs(live[i] ?? null, object));
  if (changed.length === 0) return;
  const intent = `the usual rights in ${who.namespaces.join(', ')}`;
  try {
    await effects.run('account-grant', { target: who.component, intent }, async (context) => {
      for (const object of changed) {
        await kubernetes.apply(object, { fieldManager, force: true, signal: context.signal });
      }
    });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const message = `${who.component} cannot be given its usual rights: ${describeError(error)}`;
    throw new LandfallError('LF-RUNNER-151', message, { cause: error, temporary: true });
  }
  await untilEffective(parts, account, who, signal);
}

/** When nothing of the component is left: its account, and what the runner bound it to. What the customer has bound stays the customer's. */
export async function takeUsualRights(
  { kubernetes, effects, namespace }: Pick<GrantParts, 'kubernetes' | 'effects' | 'namespace'>,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace: place } = accountOf(namespace, component);
  const labelSelector = `${accountLabel}=${component}`;
  const bindings = await kubernetes.list({ ...bindingType, labelSelector, metadataOnly: true, signal });
  const account = await kubernetes.get({ ...accountType, namespace: place, name }, { metadataOnly: true, signal });
  const gone = [...bindings.items, ...(account === null ? [] : [account])];
  if (gone.length === 0) return;
  await effects.run('account-revoke', { target: component, intent: 'nothing of it is left' }, async (context) => {
    for (const object of gone) await kubernetes.delete(refOf(object), { signal: context.signal });
  });
}

/** Where the component was and is no more, its account has no business. */
export async function takeOtherRights(
  { kubernetes, effects }: Pick<GrantParts, 'kubernetes' | 'effects'>,
  { component, namespaces }: Who,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = `${accountLabel}=${component}`;
  const { items } = await kubernetes.list({ ...bindingType, labelSelector, metadataOnly: true, signal });
  const others = items.filter(({ metadata }) => !namespaces.includes(metadata.namespace ?? ''));
  if (others.length === 0) return;
  const intent = `it is no more in ${others.map(({ metadata }) => metadata.namespace).join(', ')}`;
  await effects.run('account-revoke', { target: component, intent }, async (context) => {
    for (const object of others) await kubernetes.delete(refOf(object), { signal: context.signal });
  });
}

export function isForbidden(error: unknown): boolean {
  return error instanceof LandfallError && error.code === 'LF-RUNNER-001' && error.details['status'] === 403;
}

function accountObject({ namespace, name }: Account, { component }: Who): KubeObject {
  return {
    ...accountType,
    metadata: { name, namespace, labels: labels(component) },
    automountServiceAccountToken: false,
  };
}

function binding(account: Account, { component }: Who, namespace: string): KubeObject {
  return {
    ...bindingType,
    metadata: { name: `${usualRole}-${component}`, namespace, labels: labels(component) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: usualRole },
    subjects: [{ kind: 'ServiceAccount', namespace: account.namespace, name: account.name }],
  };
}

function isAs(live: KubeObject | null, wanted: KubeObject): boolean {
  if (live === null || live.metadata.deletionTimestamp !== undefined) return false;
  return (
    live.metadata.labels?.[accountLabel] === wanted.metadata.labels?.[accountLabel] &&
    isDeepStrictEqual(live['roleRef'], wanted['roleRef']) &&
    isDeepStrictEqual(live['subjects'], wanted['subjects'])
  );
}

const longestMs = 10_000;

/** Authorizers follow by watches: a moment later they know of a new binding, and a Helm that begins before would fail. */
async function untilEffective(parts: GrantParts, account: Account, who: Who, signal: AbortSignal): Promise<void> {
  for (const namespace of who.namespaces) {
    const asked = { namespace, group: '', resource: 'secrets', verb: 'create' };
    for (let waited = 0; ; waited += 100) {
      if (await parts.impersonation.isAllowed(account.user, asked, signal)) break;
      if (waited >= longestMs) {
        const message = `${account.user} still may not work in ${namespace}, though it is bound to ${usualRole} there`;
        throw new LandfallError('LF-RUNNER-151', message, { temporary: true });
      }
      await parts.clock.sleep(100, signal);
    }
  }
}
