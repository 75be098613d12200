import { type Digest, isDigest, LandfallError } from '../../contract/index.ts';
import type { TransportResponse } from './exchange.ts';

/** `docker-content-digest`: what the registry says it holds; undefined when it says nothing that is a digest. */
export function statedDigest(response: TransportResponse): Digest | undefined {
  const stated = response.headers['docker-content-digest'];
  return isDigest(stated) ? stated : undefined;
}

/** A registry, or a proxy before it, that stored other bytes than were sent is not believed. */
export function refuseOtherDigest(response: TransportResponse, expected: Digest, what: string): void {
  const stated = statedDigest(response);
  if (stated === undefined || stated === expected) return;
  throw new LandfallError('LF-OCI-005', `${response.url.host}, ${what}: it says that it stored ${stated}`);
}
