/**
 * What a statement may leave open, written `${prefix}` in its resources and conditions. Each renderer puts its own words in;
 * everything else that looks like an expression is escaped by it.
 */
export const placeholders = [
  /** Every name in the account starts with it: `lf-<install>` unless the customer chose another. */
  'prefix',
  'account',
  'region',
  'partition',
  /** The cluster's name: the prefix, or the customer's own cluster. */
  'cluster',
  /** The install's id, the value of the tag `landfall:install`. */
  'install',
  /** ARNs of the two keys. */
  'state-key',
  'cluster-key',
  'expires-at',
  'external-id',
  'vendor-principal',
  /** Name of the CodeBuild project of the 1-click way. */
  'bootstrap-project',
  /** ARN of the boundary policy. */
  'boundary',
] as const;

export type Placeholder = (typeof placeholders)[number];

const known: ReadonlySet<string> = new Set(placeholders);

function isPlaceholder(name: string): name is Placeholder {
  return known.has(name);
}

/** `text` in pieces: what is literal, and which placeholder comes between. `${aws:...}`, a variable of IAM's own, is literal. */
export function splitPlaceholders(text: string): ({ literal: string } | { placeholder: Placeholder })[] {
  const pieces: ({ literal: string } | { placeholder: Placeholder })[] = [];
  let literal = '';
  for (const part of text.split(/(\$\{[^}]*\})/)) {
    const name = /^\$\{([^}]*)\}$/.exec(part)?.[1];
    if (name === undefined || !isPlaceholder(name)) {
      literal += part;
      continue;
    }
    if (literal !== '') pieces.push({ literal });
    literal = '';
    pieces.push({ placeholder: name });
  }
  if (literal !== '') pieces.push({ literal });
  return pieces;
}
