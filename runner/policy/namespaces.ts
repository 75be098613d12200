/** Whether a name fits one of the patterns; `*` stands for any characters. No patterns at all: every name does. */
export function isAllowedNamespace(namespace: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => fits(namespace, pattern.split('*')));
}

/** Piece by piece from the left, so that no pattern takes long, whatever is in it. */
function fits(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let middle = name.slice(first.length, name.length - last.length);
  return rest.every((piece) => {
    const at = middle.indexOf(piece);
    middle = middle.slice(at + piece.length);
    return at !== -1;
  });
}
