/** Where the next page is (RFC 8288): the target of the link whose relation is `next`, wherever it stands among others. */
export function nextPage(header: string | undefined): string | undefined {
  let at = 0;
  for (;;) {
    const open = header?.indexOf('<', at) ?? -1;
    const close = header?.indexOf('>', open) ?? -1;
    if (header === undefined || open === -1 || close === -1) return undefined;
    const end = endOfLink(header, close + 1);
    const parameters = header.slice(close + 1, end).split(';');
    if (parameters.some((each) => /^rel=(?:"next"|next)$/i.test(each.trim()))) return header.slice(open + 1, close);
    at = end;
  }
}

/** The comma before the next link, or the end; commas in quotes belong to a parameter. */
function endOfLink(header: string, from: number): number {
  let quoted = false;
  for (let at = from; at < header.length; at++) {
    const character = header[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) return at;
  }
  return header.length;
}
