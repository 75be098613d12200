/** What a request to a registry is about, by the distribution spec's paths. */
export type RegistryAction =
  | { kind: 'ping' }
  | { kind: 'catalog' }
  | { kind: 'manifest' | 'blob' | 'referrers'; repository: string; reference: string }
  | { kind: 'upload'; repository: string; reference: string | undefined }
  | { kind: 'tags'; repository: string }
  | { kind: 'other' };

const shapes: { pattern: RegExp; action: (repository: string, reference: string) => RegistryAction }[] = [
  {
    pattern: /^(.+)\/blobs\/uploads\/?()$/,
    action: (repository) => ({ kind: 'upload', repository, reference: undefined }),
  },
  {
    pattern: /^(.+)\/blobs\/uploads\/([^/]+)$/,
    action: (repository, reference) => ({ kind: 'upload', repository, reference }),
  },
  {
    pattern: /^(.+)\/manifests\/([^/]+)$/,
    action: (repository, reference) => ({ kind: 'manifest', repository, reference }),
  },
  { pattern: /^(.+)\/blobs\/([^/]+)$/, action: (repository, reference) => ({ kind: 'blob', repository, reference }) },
  {
    pattern: /^(.+)\/referrers\/([^/]+)$/,
    action: (repository, reference) => ({ kind: 'referrers', repository, reference }),
  },
  { pattern: /^(.+)\/tags\/list()$/, action: (repository) => ({ kind: 'tags', repository }) },
];

export function parseRegistryPath(path: string): RegistryAction {
  if (path === '/v2/' || path === '/v2') return { kind: 'ping' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (!path.startsWith('/v2/')) return { kind: 'other' };
  for (const { pattern, action } of shapes) {
    const match = pattern.exec(path.slice('/v2/'.length));
    if (match?.[1] !== undefined) return action(match[1], match[2] ?? '');
  }
  return { kind: 'other' };
}
