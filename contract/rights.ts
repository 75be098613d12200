import * as z from 'zod';

/** Empty: Kubernetes' core group. */
const apiGroup = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?$/);
/** As in RBAC: a plural, `pods/log`, or `*` in a group of the product's own. */
const resource = z
  .string()
  .max(128)
  .regex(/^(?:\*|[a-z][a-z0-9.-]*(?:\/[a-z][a-z0-9-]*)?)$/);
/** `*` in a group of the product's own. */
const verb = z
  .string()
  .max(32)
  .regex(/^(?:\*|[a-z]+)$/);
const namespace = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/);

const rightShape = {
  /** `namespace`: in the component's namespaces, or in those named. `cluster`: for what lives in none, or in all of them. */
  scope: z.enum(['namespace', 'cluster']).default('namespace'),
  /** With `scope: namespace`: instead of the component's own. They must be there. The runner's own cannot be reached, whatever stands here. */
  namespaces: z.array(namespace).min(1).max(20).optional(),
  apiGroups: z.array(apiGroup).min(1).max(20),
  resources: z.array(resource).min(1).max(50),
  /** Only objects of these names. */
  resourceNames: z.array(z.string().min(1).max(253)).min(1).max(50).optional(),
  verbs: z.array(verb).min(1).max(20),
  /** For the customer's admin, who decides on it. */
  reason: z.string().min(1).max(300),
};

/**
 * One rule that the customer gives a component's service account in the cluster, beyond what every component has in its own namespaces
 * (`kubernetesKinds`). What would let a component out of its place cannot be asked for at all.
 */
export const rightSchema = z.object(rightShape).superRefine(refuseTooMuch);
/** For landfall.yaml, where a typo is an error: `resourceName` would give more than was meant. */
const strictRight = z.strictObject(rightShape).superRefine(refuseTooMuch);

/** Of every component that is applied in the cluster: what it needs beyond the usual. In a release also what `landfall release build` found. */
export const componentRights = { rights: z.array(rightSchema).max(200).optional() };
export const strictComponentRights = { rights: z.array(strictRight).max(100).optional() };

export type Right = z.infer<typeof rightSchema>;

const neverVerbs = new Set(['bind', 'escalate', 'impersonate']);
const admissionPolicies = /^(?:validating|mutating)admissionpolic/;

/** Why a right cannot be asked for, whoever would approve it; null: it can. */
export function forbiddenRight(
  right: Pick<Right, 'scope' | 'namespaces' | 'apiGroups' | 'resources' | 'verbs'>,
): string | null {
  const { scope, namespaces = [], apiGroups, resources, verbs } = right;
  const never = verbs.find((each) => neverVerbs.has(each));
  if (never !== undefined) return `the verb ${never} gives rights that the component does not have itself`;
  const own = apiGroups.find((each) => /(?:^|\.)landfall\.dev$/.test(each));
  if (own !== undefined) return `${own} is by what the customer limits the runner`;
  const builtIn = apiGroups.find((each) => isKubernetesGroup(each));
  if (builtIn !== undefined && [...resources, ...verbs].includes('*')) {
    return `"*" in Kubernetes' own group "${builtIn}": name the resources and the verbs`;
  }
  if (resources.some((each) => admissionPolicies.test(each))) {
    return 'admission policies are by what the customer limits the components';
  }
  const reserved = namespaces.find((each) => each.startsWith('kube-'));
  if (reserved !== undefined) return `the namespace ${reserved} is Kubernetes' own`;
  if (!apiGroups.includes('')) return null;
  if (resources.includes('nodes/proxy')) return 'nodes/proxy leads into every pod of a node';
  // Admission does not see who reads: the runner's own secrets would lie open.
  if (scope === 'cluster' && (resources.includes('secrets') || resources.includes('serviceaccounts/token'))) {
    return "secrets and tokens of all namespaces are the runner's own, too: name the namespaces";
  }
  return null;
}

function refuseTooMuch(right: Parameters<typeof forbiddenRight>[0], context: z.RefinementCtx): void {
  const why = forbiddenRight(right);
  if (why !== null) context.addIssue({ code: 'custom', message: `this right cannot be asked for: ${why}` });
  if (right.scope === 'cluster' && right.namespaces !== undefined) {
    context.addIssue({ code: 'custom', path: ['namespaces'], message: 'only with scope: namespace' });
  }
}

function isKubernetesGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}
