/** The status line and the fields of an answer. Names are lower case; a field that comes again is joined with `, `. */
export type ResponseHead = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection may carry another request after this answer. */
  readonly persistent: boolean;
};

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Fields of which a second one would leave open where the body ends, or where to go. */
const single = new Set(['content-length', 'transfer-encoding', 'location', 'content-range']);

/** What a character (latin1) may be part of: RFC 9110, sections 5.6.2 and 5.5. */
const [inName, inValue] = [1, 2];
const parts = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  const name = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(character) ? inName : 0;
  return name | (/[\t\x20-\x7e\x80-\xff]/.test(character) ? inValue : 0);
});

/**
 * Reads what stands before the empty line, strictly: whatever two readers might understand differently (bare line feeds, folded
 * lines, a second length) is refused. `text` is latin1, without the empty line.
 */
export function parseHead(text: string): ResponseHead {
  const end = text.indexOf('\r\n');
  const [, minor, status] = statusLine.exec(end === -1 ? text : text.slice(0, end)) ?? [];
  if (status === undefined) throw new MalformedAnswer('it begins with something that is not a status line');
  const headers = parseFields(text, end === -1 ? text.length : end + 2);
  const closes =
    headers['connection']
      ?.toLowerCase()
      .split(/[\t ]*,[\t ]*/)
      .includes('close') === true;
  return { status: Number(status), headers, persistent: minor === '1' && !closes };
}

/** Fields of a head, or of the trailer of a chunked body: lines from an offset on. In linear time. */
export function parseFields(text: string, from = 0): Record<string, string> {
  // No prototype: a field called `__proto__` or `constructor` is a field like any other.
  const headers: Record<string, string> = Object.create(null);
  const whileIn = (part: number, at: number, end: number): number => {
    while (at < end && ((parts[text.charCodeAt(at)] ?? 0) & part) !== 0) at++;
    return at;
  };
  for (let line = from; line < text.length;) {
    const found = text.indexOf('\r\n', line);
    const next = found === -1 ? text.length : found;
    const colon = whileIn(inName, line, next);
    let [start, end] = [colon + 1, next];
    while (start < end && isBlank(text.charCodeAt(start))) start++;
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
    // Nothing stands between the name, a token, and its colon; a value has no control characters.
    if (colon === line || text.charCodeAt(colon) !== 0x3a || whileIn(inValue, start, end) < end)
      throw new MalformedAnswer('one of its header lines is not a field');
    const name = text.slice(line, colon).toLowerCase();
    const value = text.slice(start, end);
    const before = headers[name];
    if (before !== undefined && single.has(name)) throw new MalformedAnswer(`it has two fields ${name}`);
    headers[name] = before === undefined ? value : `${before}, ${value}`;
    line = next + 2;
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

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
