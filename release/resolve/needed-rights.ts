import * as z from 'zod';
import {
  isUsual,
  type Json,
  type KubernetesKind,
  kubernetesKinds,
  LandfallError,
  type Right,
  rightSchema,
} from '../../contract/index.ts';

const texts = z.array(z.string()).catch([]);
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z
    .looseObject({ name: z.string().catch(''), namespace: z.string().optional().catch(undefined) })
    // A List has none.
    .catch({ name: '' }),
  rules: z
    .array(
      z.looseObject({ apiGroups: texts, resources: texts, verbs: texts, resourceNames: texts, nonResourceURLs: texts }),
    )
    .nullable()
    .catch(null),
  items: z.array(z.unknown()).catch([]),
});
type Seen = z.infer<typeof objectSchema>;

export type NeedsOf = {
  component: { name: string; namespace: string; namespaces?: readonly string[]; rights?: readonly Right[] | undefined };
  objects: readonly Json[];
  /** Kinds that this component and those before it define. */
  definitions: readonly KubernetesKind[];
  /** What came by expressions: an object whose name has it is called otherwise at every customer. */
  variable: readonly string[];
};

const manage = ['get', 'create', 'update', 'patch', 'delete'];

/**
 * What the component's service account needs beyond what every component has: what landfall.yaml says, and what its objects show. To bring
 * a role it must have what the role gives; Kubernetes lets nobody give more. What cannot be stated is refused (LF-RELEASE-015).
 */
export function neededRights(needs: NeedsOf): Right[] {
  const { component } = needs;
  const declared = component.rights ?? [];
  const found = new Map<string, Right>();
  for (const object of flatten(needs.objects)) {
    for (const right of rightsFor(object, needs)) {
      const { resourceNames, reason: _, ...rest } = right;
      const key = JSON.stringify([rest, resourceNames === undefined]);
      const before = found.get(key);
      found.set(key, before === undefined ? right : join(before, right));
    }
  }
  return [
    ...declared,
    ...[...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => check(right, component.name)),
  ];
}

function rightsFor(object: Seen, needs: NeedsOf): Right[] {
  const { component, definitions, variable } = needs;
  const { apiVersion, kind, metadata, rules } = object;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const known = [...kubernetesKinds, ...definitions].find((each) => each.group === group && each.kind === kind);
  if (known === undefined) {
    if (component.rights?.some(({ apiGroups }) => apiGroups.includes(group)) === true) return [];
    const what = `${component.name} brings a ${kind} of ${group === '' ? 'the core group' : group}`;
    throw cannotState(
      `${what}, which no definition in this release describes: state under "rights" of the component what it needs for it`,
    );
  }
  const own = [component.namespace, ...(component.namespaces ?? [])];
  const place = metadata.namespace ?? component.namespace;
  const where = (inCluster: boolean): Pick<Right, 'scope' | 'namespaces'> =>
    inCluster
      ? { scope: 'cluster' }
      : own.includes(place)
        ? { scope: 'namespace' }
        : { scope: 'namespace', namespaces: [place] };
  const itself = own.includes(metadata.name) && kind === 'Namespace';
  const usual = (verb: string, resource = known.resource, of = group): boolean =>
    isUsual(of, resource, verb) && (known.namespaced ? own.includes(place) : itself);
  const named = metadata.name !== '' && !variable.some((text) => metadata.name.includes(text));
  const rights: Right[] = [];
  const verbs = manage.filter((verb) => !usual(verb));
  // Its own namespace is made by the runner.
  if (verbs.length > 0 && !itself) {
    rights.push({
      ...where(!known.namespaced),
      apiGroups: [group],
      resources: [known.resource],
      ...(known.namespaced || !named ? {} : { resourceNames: [metadata.name] }),
      verbs,
      reason: `Applies its ${kind} ${metadata.name}.`.slice(0, 300),
    });
  }
  const gives = kind === 'ClusterRole' || kind === 'Role' ? (rules ?? []) : [];
  for (const rule of gives) {
    if (rule.nonResourceURLs.length > 0)
      throw cannotState(`${component.name}: the ${kind} ${metadata.name} gives URLs that are no resources`);
    const inOwn = kind === 'Role' && own.includes(place);
    const covered =
      inOwn &&
      rule.apiGroups.every((of) => rule.resources.every((each) => rule.verbs.every((verb) => isUsual(of, each, verb))));
    if (covered) continue;
    rights.push({
      ...where(kind === 'ClusterRole'),
      apiGroups: rule.apiGroups,
      resources: rule.resources,
      ...(rule.resourceNames.length === 0 ? {} : { resourceNames: rule.resourceNames }),
      verbs: rule.verbs,
      reason: `Its ${kind} ${metadata.name} gives it, and nobody can give what they do not have.`.slice(0, 300),
    });
  }
  return rights;
}

/** What the objects define: kinds that this component, and those that depend on it, may bring. */
export function definedKinds(objects: readonly Json[]): KubernetesKind[] {
  return flatten(objects).flatMap((object) => {
    const parsed = definitionSchema.safeParse(object);
    if (object.kind !== 'CustomResourceDefinition' || !parsed.success) return [];
    const { group, scope, names } = parsed.data.spec;
    return [{ kind: names.kind, group, resource: names.plural, namespaced: scope === 'Namespaced', usual: [] }];
  });
}

const definitionSchema = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    scope: z.string(),
    names: z.looseObject({ kind: z.string(), plural: z.string() }),
  }),
});

function flatten(objects: readonly unknown[]): Seen[] {
  return objects.flatMap((value) => {
    const parsed = objectSchema.safeParse(value);
    // What is no object is for others to complain of.
    if (!parsed.success) return [];
    return parsed.data.kind === 'List' ? flatten(parsed.data.items) : [parsed.data];
  });
}

function join(a: Right, b: Right): Right {
  if (a.resourceNames === undefined || b.resourceNames === undefined) return a;
  return { ...a, resourceNames: [...new Set([...a.resourceNames, ...b.resourceNames])].sort() };
}

function check(right: Right, component: string): Right {
  const parsed = rightSchema.safeParse(right);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw cannotState(`${component} needs what it may not have (${right.reason}): ${why.join('; ')}`);
}

function cannotState(message: string): LandfallError {
  return new LandfallError('LF-RELEASE-015', message);
}
