/** A value that could end its line would be a header, or a request, of somebody else's choice. */
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The request line and the fields, with the empty line. Throws for a value with a control character. */
export function requestHead(method: string, url: URL, headers: Readonly<Record<string, string>>): Uint8Array {
  const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`];
  for (const [name, text] of Object.entries(headers)) {
    if (!value.test(text)) throw new TypeError(`the header ${name} has a character that may not be in one`);
    lines.push(`${name}: ${text}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
