import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type CloudRequest, queryOf, rawPath } from './request.ts';

/** What a Signature Version 4 request says about its signer. */
export type Signature = {
  accessKeyId: string;
  /** `20260102T030405Z`. */
  amzDate: string;
  day: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  sessionToken?: string;
  /** Set for presigned URLs: seconds of validity from `amzDate`. */
  expiresInSeconds?: number;
};

export function readSignature(request: CloudRequest): Signature | undefined {
  const query = queryOf(request);
  return query.has('X-Amz-Credential') ? fromQuery(query) : fromHeader(request);
}

function fromHeader(request: CloudRequest): Signature | undefined {
  const header = request.headers['authorization'];
  if (header === undefined || !header.startsWith('AWS4-HMAC-SHA256 ')) return undefined;
  const fields = new Map<string, string>();
  for (const part of header.slice('AWS4-HMAC-SHA256 '.length).split(',')) {
    const mark = part.indexOf('=');
    if (mark > 0) fields.set(part.slice(0, mark).trim(), part.slice(mark + 1).trim());
  }
  const scope = readScope(fields.get('Credential') ?? '');
  if (scope === undefined) return undefined;
  const token = request.headers['x-amz-security-token'];
  return {
    ...scope,
    amzDate: request.headers['x-amz-date'] ?? '',
    signedHeaders: (fields.get('SignedHeaders') ?? '').split(';'),
    signature: fields.get('Signature') ?? '',
    ...(token === undefined ? {} : { sessionToken: token }),
  };
}

function fromQuery(query: URLSearchParams): Signature | undefined {
  const scope = readScope(query.get('X-Amz-Credential') ?? '');
  if (scope === undefined) return undefined;
  const token = query.get('X-Amz-Security-Token');
  return {
    ...scope,
    amzDate: query.get('X-Amz-Date') ?? '',
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    expiresInSeconds: Number(query.get('X-Amz-Expires') ?? '900'),
    ...(token === null ? {} : { sessionToken: token }),
  };
}

function readScope(text: string): Pick<Signature, 'accessKeyId' | 'day' | 'region' | 'service'> | undefined {
  const [accessKeyId, day, region, service] = text.split('/');
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, day, region, service };
}

/** `20260102T030405Z` as a time; NaN for anything else. */
export function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  return match === null
    ? Number.NaN
    : Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`);
}

/** Recomputes the signature over the request as received, and compares in constant time. */
export function signatureMatches(request: CloudRequest, signature: Signature, secretAccessKey: string): boolean {
  const scope = `${signature.day}/${signature.region}/${signature.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', signature.amzDate, scope, sha256(canonicalRequest(request, signature))].join(
    '\n',
  );
  let key = createHmac('sha256', `AWS4${secretAccessKey}`).update(signature.day).digest();
  for (const part of [signature.region, signature.service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  const wanted = createHmac('sha256', key).update(toSign).digest();
  const given = Buffer.from(signature.signature, 'hex');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function canonicalRequest(request: CloudRequest, signature: Signature): string {
  const path = rawPath(request);
  // S3 signs the path as sent; every other service signs it encoded once more.
  const canonicalPath = signature.service === 's3' ? path : path.split('/').map(encode).join('/');
  const headers = signature.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`,
  );
  return [
    request.method,
    canonicalPath,
    canonicalQuery(request),
    headers.join(''),
    signature.signedHeaders.join(';'),
    payloadHash(request, signature),
  ].join('\n');
}

function canonicalQuery(request: CloudRequest): string {
  const mark = request.target.indexOf('?');
  if (mark < 0) return '';
  const pairs = request.target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return [encode(decode(name)), encode(decode(equals < 0 ? '' : pair.slice(equals + 1)))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature');
  const ordered = pairs.toSorted(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  return ordered.map(([name, value]) => `${name}=${value}`).join('&');
}

function payloadHash(request: CloudRequest, signature: Signature): string {
  const header = request.headers['x-amz-content-sha256'];
  const actual = sha256(request.body);
  if (signature.expiresInSeconds !== undefined && signature.service === 's3') return header ?? 'UNSIGNED-PAYLOAD';
  // A stated hash must be the body's; `UNSIGNED-PAYLOAD` and `STREAMING-…` are taken as they stand.
  return header === undefined || /^[0-9a-f]{64}$/.test(header) ? actual : header;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
