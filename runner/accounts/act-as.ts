import { describeError, LandfallError } from '../../contract/index.ts';
import type { Helm, HelmCall } from '../../engines/index.ts';
import type { Impersonation, Kubernetes } from '../kubernetes/index.ts';
import { accountOf, type Who } from './account.ts';
import { giveUsualRights, type GrantParts, isForbidden } from './usual-rights.ts';

/** How the runner acts as others. */
export type ComponentAccounts = {
  impersonation: Impersonation;
  /** Helm with the rights of this user. */
  helmAs(user: string): Helm;
};

type Acting = { kubernetes: Kubernetes; helm: Helm };

/**
 * What the runner works with for one component: it looks with its own rights (one watch for many components), and changes things with those of
 * the component's account alone. The usual rights are looked at before the first change, so that what is as it should be costs nothing.
 */
export function actAs(parts: Omit<GrantParts, 'impersonation'> & { accounts: ComponentAccounts }, who: Who): Acting {
  const { kubernetes: own, accounts } = parts;
  const { impersonation } = accounts;
  const { user } = accountOf(parts.namespace, who.component);
  const as = impersonation.as(user);
  const helm = accounts.helmAs(user);
  let given: Promise<void> | null = null;
  const give = (signal: AbortSignal = new AbortController().signal): Promise<void> => {
    given ??= giveUsualRights({ ...parts, impersonation }, who, signal).catch((error: unknown) => {
      given = null;
      throw error;
    });
    return given;
  };
  const told = (error: unknown): never => {
    if (!isForbidden(error)) throw error;
    throw new LandfallError('LF-RUNNER-150', `${who.component}: ${describeError(error)}`, { cause: error });
  };
  const change = async <T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> => {
    await give(signal);
    return attempt().catch(told);
  };
  /** Nothing is changed: the rights are only looked at where they do not suffice. */
  const ask = async <T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> => {
    try {
      return await attempt();
    } catch (error) {
      return isForbidden(error) ? change(signal, attempt) : told(error);
    }
  };
  const after = async <T>(options: HelmCall | undefined, call: () => Promise<T>): Promise<T> => {
    await give(options?.signal);
    return call();
  };
  return {
    kubernetes: {
      ...own,
      // Of a kind that the release does not state, the runner may not even know whether an object is there.
      get: (ref, call) => own.get(ref, call).catch(told),
      list: (query) => own.list(query).catch(told),
      // Namespaces are the runner's to make: no component has a right to.
      create: (object, call) =>
        object.kind === 'Namespace' && object.apiVersion === 'v1'
          ? own.create(object, call)
          : change(call?.signal, () => as.create(object, call)),
      replace: (object, call) => change(call?.signal, () => as.replace(object, call)),
      apply: (object, call) => (call.dryRun === true ? ask : change)(call.signal, () => as.apply(object, call)),
      patch: (ref, patch, call) => change(call?.signal, () => as.patch(ref, patch, call)),
      delete: (ref, call) => change(call?.signal, () => as.delete(ref, call)),
      logs: (pod, call) => ask(call.signal, () => as.logs(pod, call)),
    },
    helm: {
      ...helm,
      upgradeInstall: (request, call) => after(call, () => helm.upgradeInstall(request, call)),
      rollback: (request, call) => after(call, () => helm.rollback(request, call)),
      uninstall: (request, call) => after(call, () => helm.uninstall(request, call)),
      test: (request, call) => after(call, () => helm.test(request, call)),
    },
  };
}
