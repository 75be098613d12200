import { type Digest, LandfallError } from '../../contract/index.ts';
import type { Content } from '../verify-stream.ts';
import { isBulk, type RegistryContext } from './context.ts';
import type { TransportRequest, TransportResponse } from './exchange.ts';
import { mountQuery, repositoryPath, uploadScopes } from './paths.ts';
import { drain } from './read-body.ts';
import { refuseOtherDigest } from './stated-digest.ts';
import type { UploadBody } from './upload-body.ts';

export type Session = {
  readonly context: RegistryContext;
  readonly repository: string;
  readonly content: Content;
  /** Another repository of the registry, to take it over from. */
  readonly from: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly what: string;
};

export type Upload = Session & {
  readonly body: UploadBody;
  /** Piece by piece, each a PATCH; else as one body. */
  readonly chunked: boolean;
  /** Where the registry keeps it, and from which byte on it was sent last. Undefined: not opened yet. */
  place?: Place;
  /** How often in a row it went on and got no further. */
  idle: number;
};

export type Place = { readonly location: URL; readonly at: number };

/** Undefined: the registry has it already, from `from`. */
export async function openUpload(upload: Session): Promise<Place | undefined> {
  const { repository, from, content } = upload;
  const uploads = `${repositoryPath(repository)}/blobs/uploads/`;
  const opened = await send(upload, {
    method: 'POST',
    target: from === undefined ? uploads : `${uploads}?${mountQuery(content.digest, from)}`,
    headers: { 'content-length': '0' },
    expect: from === undefined ? [202] : [201, 202],
  });
  return opened.status === 201 ? undefined : { location: locationOf(opened, upload.what), at: 0 };
}

/** Everything from `place` on, to the registry's word that the blob is there. */
export async function sendRest(upload: Upload, place: Place): Promise<void> {
  upload.place = place;
  const end = upload.chunked ? await putChunks(upload, place) : await putRest(upload, place);
  refuseOtherDigest(end, upload.content.digest, upload.what);
}

/**
 * What the registry says it has of an upload that broke (distribution-spec, "pushing a blob in chunks"), asked once. Undefined: it does
 * not say, nothing of it is there, or it says what cannot be: less than it had confirmed, or more than it was given.
 */
export async function whereItStands(upload: Upload): Promise<Place | undefined> {
  const { place, body, what } = upload;
  if (place === undefined || body.given === 0) return undefined;
  const request = { method: 'GET', target: place.location, expect: [204] } as const;
  const answer = await send(upload, request).catch(() => undefined);
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer?.headers['range'] ?? '')?.[1];
  // `0-0` is said of an empty one, too.
  if (answer?.headers['location'] === undefined || end === undefined || Number(end) === 0) return undefined;
  const at = Number(end) + 1;
  return at < place.at || at > body.given ? undefined : { location: locationOf(answer, what), at };
}

/** Head and body in one write; a 401 costs a repeat of the request, not of the upload. */
export async function sendSmall(session: Session, { location }: Place, bytes: Uint8Array): Promise<void> {
  const { content, what } = session;
  const end = await send(session, {
    method: 'PUT',
    target: endTarget(location, content.digest),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(content.size) },
    body: () => bytes,
    expect: [201],
  });
  refuseOtherDigest(end, content.digest, what);
}

/** All of it, or the rest as the last chunk, which the closing PUT may carry. */
async function putRest(upload: Upload, { location, at }: Place): Promise<TransportResponse> {
  const { content, body, what } = upload;
  const rest = content.size - at;
  const pieces = body.from(at);
  return send(upload, {
    method: 'PUT',
    target: endTarget(location, content.digest),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(rest),
      ...(at > 0 && rest > 0 ? { 'content-range': `${at}-${content.size - 1}` } : {}),
    },
    body: bodyOnce(pieces, what),
    bulk: isBulk({ size: rest }),
    expect: [201],
  });
}

/** PATCH by PATCH, each at the place that the one before named. */
async function putChunks(upload: Upload, first: Place): Promise<TransportResponse> {
  let place = first;
  for await (const chunk of upload.body.from(first.at)) {
    const { location, at } = place;
    const to = at + chunk.byteLength;
    const answer = await send(upload, {
      method: 'PATCH',
      target: location,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(chunk.byteLength),
        'content-range': `${at}-${to - 1}`,
      },
      body: () => chunk,
      expect: [202],
    });
    place = { location: locationOf(answer, upload.what), at: to };
    upload.place = place;
  }
  return send(upload, {
    method: 'PUT',
    target: endTarget(place.location, upload.content.digest),
    headers: { 'content-length': '0' },
    expect: [201],
  });
}

async function send(
  { context, repository, from, signal, what }: Session,
  request: Pick<TransportRequest, 'method' | 'target' | 'headers' | 'body' | 'bulk' | 'expect'>,
): Promise<TransportResponse> {
  const scopes = uploadScopes(repository, from);
  const response = await context.send({ ...request, scopes, signal, what });
  await drain(response.body);
  return response;
}

function locationOf(answer: TransportResponse, what: string): URL {
  const location = answer.headers['location'];
  if (location === undefined) {
    throw new LandfallError('LF-OCI-008', `${answer.url.host} did not say where the upload is, ${what}`);
  }
  return new URL(location, answer.url);
}

function endTarget(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search += `${url.search === '' ? '?' : '&'}digest=${digest}`;
  return url;
}

/** A second try of the same PUT (after a 401) would send a stream that was read already: make it a whole new attempt. */
function bodyOnce(bytes: AsyncIterable<Uint8Array>, what: string): () => AsyncIterable<Uint8Array> {
  let taken = false;
  return () => {
    if (taken) {
      throw new LandfallError('LF-OCI-003', `The token ended while ${what}`, { temporary: true });
    }
    taken = true;
    return bytes;
  };
}
