/** Where the next page is: `<url>; rel="next"` (RFC 8288). */
export function nextPage(link: string | undefined): string | undefined {
  if (link === undefined || !/rel="?next"?/.test(link)) return undefined;
  const end = link.indexOf('>');
  return link.startsWith('<') && end !== -1 ? link.slice(1, end) : undefined;
}
