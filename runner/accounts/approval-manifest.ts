import { stringify } from 'yaml';
import type { Right } from '../../contract/index.ts';
import { accountOf } from './account.ts';
import type { Asked } from './missing-rights.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * What the customer's admin applies to give components what they ask for: everything, not only what is missing, so that applying it again
 * changes nothing. In words first, then as Kubernetes objects. `absent`: namespaces that are still to be made.
 */
export function approvalManifest(options: {
  /** The runner's own namespace. */
  own: string;
  /** `shop 1.4.0` */
  release: string;
  asked: readonly Asked[];
  absent: readonly string[];
}): string {
  const { own, release, asked, absent } = options;
  const used = new Set(asked.flatMap(placesOf));
  const namespaces = absent
    .filter((name) => used.has(name))
    .map((name) =>
      document([], {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { 'landfall.dev/managed': 'true' } },
      }),
    );
  const head = [
    `# What ${release} needs in this cluster beyond what every component may do in its own namespaces.`,
    '# Read it, then apply it as an admin of the cluster; take away with `kubectl delete -f` what is no longer wanted.',
    ...asked.flatMap(({ component, rights }) => rights.map((right) => `# - ${component}: ${sentence(right)}`)),
  ];
  return [head.join('\n'), ...namespaces, ...asked.flatMap((each) => objectsOf(own, each))].join('\n---\n');
}

function objectsOf(own: string, asked: Asked): string[] {
  const { component, rights } = asked;
  const name = `landfall-approved-${component}`;
  const account = { kind: 'ServiceAccount', namespace: accountOf(own, component).namespace, name: component };
  const runner = { kind: 'ServiceAccount', namespace: own, name: 'landfall-runner' };
  const inCluster = rights.filter(({ scope }) => scope === 'cluster');
  return [
    ...placesOf(asked).flatMap((namespace) => {
      const here = rights.filter(
        (right) => right.scope === 'namespace' && placesOfRight(asked, right).includes(namespace),
      );
      return roleWithBinding({ kind: 'Role', name, namespace, rules: here, subject: account });
    }),
    ...(inCluster.length === 0
      ? []
      : roleWithBinding({ kind: 'ClusterRole', name, rules: inCluster, subject: account })),
    ...roleWithBinding({ kind: 'ClusterRole', name: `${name}-watch`, rules: watching(rights), subject: runner }),
  ];
}

/** The runner sees the state of what it has applied, and changes nothing of it by itself. */
function watching(rights: readonly Right[]): Right[] {
  return rights.flatMap((right) => {
    const resources = right.resources.filter((resource) => !resource.includes('/'));
    const { resourceNames: _, ...rest } = right;
    const reason = 'The runner watches what it has applied.';
    return resources.length === 0 ? [] : [{ ...rest, resources, verbs: ['get', 'list', 'watch'], reason }];
  });
}

function roleWithBinding(options: {
  kind: 'Role' | 'ClusterRole';
  name: string;
  namespace?: string;
  rules: readonly Right[];
  subject: object;
}): string[] {
  const { kind, name, namespace, rules, subject } = options;
  if (rules.length === 0) return [];
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/part-of': 'landfall' },
  };
  const unique = new Map(
    rules.map(({ apiGroups, resources, resourceNames, verbs }) => {
      const rule = { apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }), verbs };
      return [JSON.stringify(rule), rule];
    }),
  );
  const reasons = [...new Set(rules.map(({ reason }) => reason))];
  return [
    document(reasons, { apiVersion: `${rbac}/v1`, kind, metadata, rules: [...unique.values()] }),
    document([], {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [subject],
    }),
  ];
}

function placesOf(asked: Asked): string[] {
  return [...new Set(asked.rights.flatMap((right) => placesOfRight(asked, right)))];
}

function placesOfRight({ namespaces }: Asked, right: Right): readonly string[] {
  return right.scope === 'cluster' ? [] : (right.namespaces ?? namespaces);
}

function sentence({ scope, namespaces, apiGroups, resources, resourceNames, verbs, reason }: Right): string {
  const names = resourceNames === undefined ? '' : ` named ${resourceNames.join(', ')}`;
  const groups = apiGroups.filter((group) => group !== '').join(', ');
  const where = scope === 'cluster' ? 'in the whole cluster' : `in ${namespaces?.join(', ') ?? 'its namespaces'}`;
  return oneLine(
    `${verbs.join(', ')} ${resources.join(', ')}${groups === '' ? '' : ` of ${groups}`}${names}, ${where}: ${reason}`,
  );
}

/** A reason comes from the vendor: it stays inside its comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function document(comments: readonly string[], object: object): string {
  return [...comments.map((text) => `# ${oneLine(text)}`), stringify(object, { lineWidth: 0 }).trimEnd()].join('\n');
}
