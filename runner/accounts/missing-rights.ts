import type { Release, Right } from '../../contract/index.ts';
import { inParallel } from '../components/in-parallel.ts';
import type { AccessAttributes, Impersonation } from '../kubernetes/index.ts';
import { accountOf, whoAreEntities, whoIs } from './account.ts';

/** What one component asks for beyond the usual. */
export type Asked = { component: string; namespaces: readonly string[]; rights: readonly Right[] };
/** `namespace` empty: in the whole cluster. */
export type MissingRight = {
  component: string;
  namespace: string;
  apiGroup: string;
  resource: string;
  verbs: string[];
  reason: string;
};

export function askedBy(release: Release): Asked[] {
  const components = release.components.flatMap((component) => {
    const who = whoIs(component);
    const rights = component.kind === 'terraform' ? [] : (component.rights ?? []);
    return who === null || rights.length === 0 ? [] : [{ ...who, rights }];
  });
  const entities = (release.entityTypes ?? []).flatMap((type) => {
    const rights = type.components.flatMap((member) => ('rights' in member ? (member.rights ?? []) : []));
    return rights.length === 0 ? [] : [{ ...whoAreEntities(type, { type: type.name }), rights }];
  });
  return [...components, ...entities];
}

const looking = ['get', 'list', 'watch'];
const watched = 'The runner watches what it has applied.';

type Question = { user: string | null; asked: AccessAttributes; component: string; reason: string };

/**
 * What is asked for and not given, as the cluster's own authorizers say: it counts the same by which role and binding the customer gave it.
 * What a component may have, the runner must be able to watch.
 */
export async function missingRights(
  impersonation: Pick<Impersonation, 'isAllowed'>,
  own: string,
  asked: readonly Asked[],
  signal: AbortSignal,
): Promise<MissingRight[]> {
  const questions = new Map(asked.flatMap((each) => questionsOf(own, each)).map((each) => [keyOf(each), each]));
  const answers = await inParallel([...questions.values()], async (question) => {
    return (await impersonation.isAllowed(question.user, question.asked, signal)) ? [] : [question];
  });
  const missing = new Map<string, MissingRight>();
  for (const { user, asked: wanted, component, reason } of answers.flat()) {
    const { namespace, group: apiGroup, resource, verb } = wanted;
    const key = JSON.stringify([component, user, namespace, apiGroup, resource]);
    const before = missing.get(key) ?? { component, namespace, apiGroup, resource, verbs: [], reason };
    missing.set(key, { ...before, verbs: [...new Set([...before.verbs, verb])] });
  }
  return [...missing.values()];
}

function questionsOf(own: string, { component, namespaces, rights }: Asked): Question[] {
  const { user } = accountOf(own, component);
  return rights.flatMap((right) => {
    const places = right.scope === 'cluster' ? [''] : (right.namespaces ?? namespaces);
    const kinds = right.apiGroups.flatMap((group) => right.resources.map((resource) => ({ group, resource })));
    const theirs = kinds.flatMap((kind) =>
      places.flatMap((namespace) =>
        (right.resourceNames ?? [undefined]).flatMap((name) =>
          right.verbs.map((verb) => ({
            ...{ user, component, reason: right.reason },
            asked: { ...kind, namespace, verb, ...(name === undefined ? {} : { name }) },
          })),
        ),
      ),
    );
    const ours = kinds
      .filter(({ resource }) => !resource.includes('/'))
      .flatMap((kind) => looking.map((verb) => ({ ...kind, namespace: '', verb })))
      .map((wanted) => ({ user: null, component, reason: watched, asked: wanted }));
    return [...theirs, ...ours];
  });
}

function keyOf({ user, asked }: Question): string {
  return JSON.stringify([user, asked.namespace, asked.group, asked.resource, asked.name ?? '', asked.verb]);
}
