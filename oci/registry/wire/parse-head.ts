/** The status line and the fields of an answer. Names are lower case; a field that comes again is joined with `, `. */
export type ResponseHead = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection may carry another request after this answer. */
  readonly persistent: boolean;
};

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, section 5.5: nothing stands between the name, a token, and its colon; a value has no control characters. */
const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Fields of which a second one would leave open where the body ends, or where to go. */
const single = new Set(['content-length', 'transfer-encoding', 'location', 'content-range']);

/**
 * Reads what stands before the empty line, strictly: whatever two readers might understand differently (bare line feeds, folded
 * lines, a second length) is refused. `text` is latin1, without the empty line.
 */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (status === undefined) throw new MalformedAnswer('it begins with something that is not a status line');
  const headers = parseFields(lines);
  const closes =
    headers['connection']
      ?.toLowerCase()
      .split(/[\t ]*,[\t ]*/)
      .includes('close') === true;
  return { status: Number(status), headers, persistent: minor === '1' && !closes };
}

/** Fields of a head or of the trailer of a chunked body. */
export function parseFields(lines: readonly string[]): Record<string, string> {
  // No prototype: a field called `__proto__` or `constructor` is a field like any other.
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = trimmed(line.slice(colon + 1));
    if (!fieldName.test(name) || !fieldValue.test(value))
      throw new MalformedAnswer('one of its header lines is not a field');
    const before = headers[name];
    if (before !== undefined && single.has(name)) throw new MalformedAnswer(`it has two fields ${name}`);
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

/** An answer breaks the rules of HTTP/1.1. Nothing of it is used and its connection is closed. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';

  constructor(why: string) {
    super(`the answer breaks the rules of HTTP/1.1: ${why}`);
  }
}

/** Without spaces and tabs at both ends, and only these (`trim` takes more); in linear time. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
