import type { Operation } from './faults.ts';

export type Route = {
  operation: Operation;
  repository: string;
  reference: string;
  method: string;
  query: URLSearchParams;
};

/** The paths of the distribution specification (end-1 to end-13). Undefined: not one of them. */
export function routeOf(method: string, url: string): Route | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://registry');
  const route = (operation: Operation, repository = '', reference = ''): Route => ({
    operation,
    repository,
    reference,
    method,
    query,
  });
  if (pathname === '/v2/' || pathname === '/v2') return route('ping');
  if (pathname === '/token') return route('token');
  if (pathname === '/v2/_catalog') return route('catalogue');
  const [, repository = '', rest = ''] = /^\/v2\/(.+?)\/((?:manifests|blobs|tags|referrers)\/.*)$/.exec(pathname) ?? [];
  const [kind, ...more] = rest.split('/');
  const reference = decodeURIComponent(more.join('/'));
  const reads = method === 'GET' || method === 'HEAD';
  if (kind === 'tags' && reads) return route('tags', repository);
  if (kind === 'referrers' && reads) return route('referrers', repository, reference);
  if (kind === 'manifests') {
    if (method === 'PUT') return route('manifest-put', repository, reference);
    if (method === 'DELETE') return route('manifest-delete', repository, reference);
    if (reads) return route(method === 'GET' ? 'manifest-get' : 'manifest-head', repository, reference);
  }
  if (kind === 'blobs' && more[0] === 'uploads') {
    if (method === 'POST') return route('upload-start', repository);
    if (method === 'PATCH') return route('upload-chunk', repository, more[1] ?? '');
    if (method === 'PUT') return route('upload-end', repository, more[1] ?? '');
    if (method === 'GET') return route('upload-status', repository, more[1] ?? '');
  }
  if (kind === 'blobs' && reads) return route(method === 'GET' ? 'blob-get' : 'blob-head', repository, reference);
  return undefined;
}
