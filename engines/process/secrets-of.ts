import type { Json } from '../../contract/index.ts';

const secretName = /pass(?:word|phrase)?$|secret|token|api-?key|private-?key|credential/i;

/** Strings in a values document that stand under a name that says secret: redacted without anybody having listed them. */
export function secretsOf(value: Json): string[] {
  const found: string[] = [];
  collect(value, false, found);
  return found;
}

function collect(value: Json, secret: boolean, found: string[]): void {
  if (typeof value === 'string') {
    if (secret) found.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, secret, found);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) collect(item, secret || secretName.test(key), found);
  }
}
