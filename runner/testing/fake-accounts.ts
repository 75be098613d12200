import { LandfallError } from '../../contract/index.ts';
import type { Helm } from '../../engines/index.ts';
import type { ComponentAccounts } from '../accounts/index.ts';
import type { AccessAttributes, KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { FakeKubernetes } from './fake-kubernetes.ts';

export type FakeAccounts = ComponentAccounts & {
  /** What the customer's admin has given beside the usual: `<component> <verb> <resource>`; null: everything. */
  approved: Set<string> | null;
  /** What was done as whom. */
  changes: string[];
};

/** Authorizers in memory: an account changes things in namespaces in which it is bound to the usual rights, and has what was approved. */
export function createFakeAccounts(kubernetes: FakeKubernetes, helm: Helm): FakeAccounts {
  const nameOf = (user: string): string => user.split(':').at(-1) ?? '';
  const isBound = (user: string, namespace: string | undefined): boolean =>
    kubernetes
      .all('RoleBinding')
      .some(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === `landfall-component-${nameOf(user)}`,
      );
  const require = (
    user: string,
    verb: string,
    ref: { kind: string; namespace?: string | undefined; name: string },
  ): void => {
    fake.changes.push(`${nameOf(user)} ${verb} ${ref.kind} ${ref.name}`);
    if (ref.namespace === undefined ? fake.approved === null : isBound(user, ref.namespace)) return;
    const details = { status: 403, reason: 'Forbidden' };
    throw new LandfallError('LF-RUNNER-001', `${user} cannot ${verb} ${ref.kind} ${ref.name}`, { details });
  };
  const place = ({ kind, metadata }: KubeObject) => ({ kind, namespace: metadata.namespace, name: metadata.name });
  const as = (user: string): Kubernetes => ({
    ...kubernetes,
    create: async (object, call) => (require(user, 'create', place(object)), kubernetes.create(object, call)),
    replace: async (object, call) => (require(user, 'update', place(object)), kubernetes.replace(object, call)),
    apply: async (object, call) => (require(user, 'patch', place(object)), kubernetes.apply(object, call)),
    patch: async (ref, patch, call) => (require(user, 'patch', ref), kubernetes.patch(ref, patch, call)),
    delete: async (ref, call) => (require(user, 'delete', ref), kubernetes.delete(ref, call)),
  });
  const isAllowed = async (user: string | null, { namespace, resource, verb }: AccessAttributes): Promise<boolean> => {
    if (fake.approved === null) return true;
    if (user === null) return fake.approved.has(`runner ${verb} ${resource}`);
    return (
      fake.approved.has(`${nameOf(user)} ${verb} ${resource}`) || (resource === 'secrets' && isBound(user, namespace))
    );
  };
  const fake: FakeAccounts = {
    approved: new Set(),
    changes: [],
    impersonation: { as, isAllowed },
    helmAs: (user) => ({
      ...helm,
      upgradeInstall: async (request, call) => {
        require(user, 'install', { kind: 'Release', ...request });
        return helm.upgradeInstall(request, call);
      },
      uninstall: async (request, call) => {
        require(user, 'uninstall', { kind: 'Release', ...request });
        return helm.uninstall(request, call);
      },
    }),
  };
  return fake;
}
