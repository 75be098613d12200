/** The tags of a request as aws:RequestTag/... and aws:TagKeys. */
export function tagContext(tags: Record<string, string>): Record<string, string | string[] | undefined> {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return { ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key]])), 'aws:TagKeys': keys };
}
