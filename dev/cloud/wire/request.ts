/** One request as it came in, byte for byte; header names are lower case. */
export type CloudRequest = {
  method: string;
  /** Path and query exactly as sent. */
  target: string;
  headers: Record<string, string>;
  body: Buffer;
};

export type CloudResponse = { status: number; headers: Record<string, string>; body: Buffer };

export function rawPath(request: CloudRequest): string {
  return request.target.split('?', 1)[0] ?? '/';
}

export function queryOf(request: CloudRequest): URLSearchParams {
  const mark = request.target.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : request.target.slice(mark + 1));
}

/** Path segments, each decoded: an ARN inside a path arrives percent-encoded. */
export function pathSegments(request: CloudRequest): string[] {
  return rawPath(request)
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return segment;
      }
    });
}

/** Parameters of the query protocol: the form in the body, else the query string. */
export function formOf(request: CloudRequest): URLSearchParams {
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const form = isForm ? new URLSearchParams(request.body.toString('utf8')) : new URLSearchParams();
  for (const [name, value] of queryOf(request)) if (!form.has(name)) form.append(name, value);
  return form;
}

/** The JSON object in the body; an empty object when there is none. */
export function jsonBodyOf(request: CloudRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function jsonResponse(value: unknown, status = 200, headers: Record<string, string> = {}): CloudResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function xmlResponse(xml: string, status = 200): CloudResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(xml) };
}
