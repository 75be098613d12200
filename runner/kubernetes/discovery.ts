import * as z from 'zod';
import { LandfallError, parseValue } from '../../contract/index.ts';
import type { Transport } from './transport.ts';
import type { KubeType, ObjectRef } from './types.ts';

const resourceListSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
type Resource = z.infer<typeof resourceListSchema>['resources'][number];

export type Discovery = {
  resourceOf(type: KubeType): Promise<Resource>;
  /** The API server does not serve it any more; as the error that says so. */
  gone(type: KubeType): LandfallError;
};

/** Kind -> the name in the URL, asked from the API server once per group and version. */
export function createDiscovery(transport: Transport): Discovery {
  const known = new Map<string, Promise<Resource[]>>();
  const fetchList = async (apiVersion: string): Promise<Resource[]> => {
    const { status, body } = await transport.call({ method: 'GET', path: groupPath(apiVersion), expect: [404] });
    if (status === 404) return [];
    const { resources } = parseValue(body, resourceListSchema, `the API server's list of ${apiVersion}`);
    return resources.filter((resource) => !resource.name.includes('/'));
  };
  const lookUp = async (type: KubeType): Promise<Resource | undefined> => {
    let list = known.get(type.apiVersion);
    if (list === undefined) {
      list = fetchList(type.apiVersion);
      known.set(type.apiVersion, list);
      list.catch(() => known.delete(type.apiVersion));
    }
    return (await list).find((resource) => resource.kind === type.kind);
  };
  return {
    resourceOf: async (type) => {
      const first = await lookUp(type);
      if (first !== undefined) return first;
      known.delete(type.apiVersion); // A CRD may have come meanwhile.
      const second = await lookUp(type);
      if (second !== undefined) return second;
      throw unknownKind(type);
    },
    gone: (type) => {
      known.delete(type.apiVersion);
      return unknownKind(type);
    },
  };
}

function unknownKind({ apiVersion, kind }: KubeType): LandfallError {
  const message = `the cluster knows no kind ${kind} in ${apiVersion}`;
  return new LandfallError('LF-RUNNER-001', message, { temporary: true, details: { status: 404 } });
}

export async function collectionPath(discovery: Discovery, type: KubeType, namespace?: string): Promise<string> {
  const resource = await discovery.resourceOf(type);
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(type.apiVersion)}${scope}/${resource.name}`;
}

export async function objectPath(discovery: Discovery, ref: ObjectRef): Promise<string> {
  return `${await collectionPath(discovery, ref, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
