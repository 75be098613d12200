import * as z from 'zod';
import { parseValue } from '../../contract/index.ts';
import { isAllowed } from './access.ts';
import { collectionPath, createDiscovery, type Discovery, objectPath } from './discovery.ts';
import { acceptFor, observe, withType } from './observe.ts';
import {
  type Answer,
  type Call,
  createTransport,
  isUnknownPath,
  type Transport,
  type TransportOptions,
} from './transport.ts';
import {
  type CallOptions,
  type Impersonation,
  type KubeObject,
  type Kubernetes,
  kubeObjectSchema,
  type KubeType,
  type ListOptions,
  statusOf,
} from './types.ts';

const listSchema = z.object({
  metadata: z.looseObject({ resourceVersion: z.string().default(''), continue: z.string().optional() }),
  items: z.array(kubeObjectSchema).nullable(),
});

/** How often what others have got in the way of is asked again at once. */
const mostTries = 4;

/** `dispatcher`: the dialer for the API server, which trusts exactly the cluster's CA. */
export type KubernetesOptions = TransportOptions & {
  /** One line when a watch breaks; it is taken up again by itself. */
  onTrouble?: (message: string) => void;
  /** In [0, 1), for the pauses between attempts. */
  random?: () => number;
};

/** The API server over the one dialer: no generated client (120 MB of memory less), any kind of object, parsed at the edge. */
export function createKubernetes(options: KubernetesOptions): Kubernetes {
  const transport = createTransport(options);
  return clientOver(transport, createDiscovery(transport), options);
}

/** The same API server with the rights of others, by impersonation. What kinds it knows is asked once for all of them. */
export function createImpersonation(options: KubernetesOptions): Impersonation {
  const own = createTransport(options);
  const discovery = createDiscovery(own);
  const clients = new Map<string, Kubernetes>();
  return {
    as: (user) => {
      const client = clients.get(user) ?? clientOver(createTransport(options, user), discovery, options);
      clients.set(user, client);
      return client;
    },
    isAllowed: (user, attributes, signal) =>
      isAllowed(user === null ? own : createTransport(options, user), attributes, signal),
  };
}

function clientOver(
  transport: Transport,
  discovery: Discovery,
  options: Pick<KubernetesOptions, 'clock' | 'onTrouble' | 'random'>,
): Kubernetes {
  const parse = (body: unknown, what: string): KubeObject => parseValue(body, kubeObjectSchema, what);

  /** Not to find what is always there, or made by the call itself: its kind was taken away since it was asked for. */
  const call = (type: KubeType, request: Call): Promise<Answer> =>
    transport.call(request).catch((error: unknown) => {
      throw statusOf(error) === 404 && isUnknownPath(error) ? discovery.gone(type) : error;
    });

  const list = async (query: ListOptions & CallOptions): Promise<{ items: KubeObject[]; resourceVersion: string }> => {
    const base = await collectionPath(discovery, query, query.namespace);
    let items: KubeObject[] = [];
    let continued = '';
    for (let begun = 1; ;) {
      const search = new URLSearchParams({ limit: '500' });
      if (query.labelSelector !== undefined) search.set('labelSelector', query.labelSelector);
      if (query.fieldSelector !== undefined) search.set('fieldSelector', query.fieldSelector);
      if (continued !== '') search.set('continue', continued);
      const answer = await call(query, {
        method: 'GET',
        path: `${base}?${search.toString()}`,
        accept: acceptFor(query, 'PartialObjectMetadataList'),
        signal: query.signal,
        expect: continued !== '' && begun < mostTries ? [410] : [],
      });
      if (answer.status === 410) {
        begun += 1;
        [items, continued] = [[], '']; // Its pages are of a time that the API server has forgotten: from the beginning.
        continue;
      }
      const page = parseValue(answer.body, listSchema, `the list of ${query.kind}`);
      items.push(...(page.items ?? []).map((item) => withType(item, query)));
      continued = page.metadata.continue ?? '';
      if (continued === '') return { items, resourceVersion: page.metadata.resourceVersion };
    }
  };

  return {
    get: async (ref, call) => {
      const path = await objectPath(discovery, ref);
      const accept = acceptFor(call ?? {}, 'PartialObjectMetadata');
      const { status, body } = await transport.call({
        method: 'GET',
        path,
        accept,
        signal: call?.signal,
        expect: [404],
      });
      return status === 404 ? null : withType(parse(body, `${ref.kind} ${ref.name}`), ref);
    },
    list,
    create: async (object, options) => {
      const path = await collectionPath(discovery, object, object.metadata.namespace);
      const { status, body } = await call(object, {
        method: 'POST',
        path,
        body: object,
        signal: options?.signal,
        expect: [409],
      });
      return status === 409 ? null : parse(body, `${object.kind} ${object.metadata.name}`);
    },
    replace: async (object, call) => {
      const path = await objectPath(discovery, refOf(object));
      const { status, body } = await transport.call({
        method: 'PUT',
        path,
        body: object,
        signal: call?.signal,
        expect: [404, 409],
      });
      return status >= 400 ? null : parse(body, `${object.kind} ${object.metadata.name}`);
    },
    apply: async (object, { fieldManager, force, dryRun, signal }) => {
      const query = new URLSearchParams({ fieldManager, force: String(force ?? false) });
      if (dryRun === true) query.set('dryRun', 'All');
      const { body } = await call(object, {
        method: 'PATCH',
        path: `${await objectPath(discovery, refOf(object))}?${query.toString()}`,
        body: object,
        contentType: 'application/apply-patch+yaml', // JSON is YAML.
        signal,
      });
      return parse(body, `${object.kind} ${object.metadata.name}`);
    },
    patch: async (ref, patch, call) => {
      const path = await objectPath(discovery, ref);
      for (let tries = 1; ; tries++) {
        const { status, body } = await transport.call({
          method: 'PATCH',
          path,
          body: patch,
          contentType: 'application/merge-patch+json',
          signal: call?.signal,
          // Others change it all the time, and the API server has given up: what is asked for is the same whatever they do.
          expect: tries < mostTries ? [404, 409] : [404],
        });
        if (status !== 409) return status === 404 ? null : parse(body, `${ref.kind} ${ref.name}`);
      }
    },
    delete: async (ref, call = {}) => {
      const { uid, resourceVersion } = call;
      const path = `${await objectPath(discovery, ref)}?propagationPolicy=Background`;
      const only = uid !== undefined || resourceVersion !== undefined;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
      const { status } = await transport.call({
        method: 'DELETE',
        path,
        ...(only ? { body } : {}),
        signal: call.signal,
        expect: only ? [404, 409] : [404],
      });
      return status !== 409;
    },
    logs: async ({ namespace, name }, { container, tailLines, limitBytes, signal }) => {
      const query = new URLSearchParams({
        container,
        tailLines: String(tailLines),
        limitBytes: String(limitBytes),
      });
      const pod = await objectPath(discovery, { apiVersion: 'v1', kind: 'Pod', namespace, name });
      const path = `${pod}/log?${query.toString()}`;
      const { status, text } = await transport.call({ method: 'GET', path, accept: '*/*', signal, expect: [404] });
      return status === 404 ? null : text.slice(0, limitBytes);
    },
    observe: (query, signal) =>
      observe(
        {
          transport,
          discovery,
          clock: options.clock,
          random: options.random ?? (() => 1),
          list: (what, stop) => list({ ...what, signal: stop }),
          onTrouble: options.onTrouble ?? (() => undefined),
        },
        query,
        signal,
      ),
    isNamespaced: async (type) => (await discovery.resourceOf(type)).namespaced,
  };
}

export function refOf(object: KubeObject): {
  apiVersion: string;
  kind: string;
  namespace: string | undefined;
  name: string;
} {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}
