/** `*` in a pattern of IAM stands for anything. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  let position = first.length;
  if (!text.toLowerCase().startsWith(first)) return false;
  for (const [i, part] of rest.entries()) {
    if (i === rest.length - 1)
      return part === '' || (text.length - part.length >= position && text.toLowerCase().endsWith(part));
    const found = text.toLowerCase().indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position === text.length;
}
