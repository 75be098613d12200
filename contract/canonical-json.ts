import { LandfallError } from './errors/landfall-error.ts';

/**
 * JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
 * `undefined` members are left out, as JSON.stringify does. Anything JSON cannot say is refused (LF-CONTRACT-008).
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw unwritable(path, 'a lone surrogate');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unwritable(path, String(value));
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(',')}]`;
  if (typeof value === 'object') return writeObject(value, path);
  throw unwritable(path, typeof value);
}

function writeObject(value: object, path: string): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unwritable(path, 'an instance of a class');
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${write(key, path)}:${write(member, `${path}.${key}`)}`);
  return `{${members.join(',')}}`;
}

function unwritable(path: string, what: string): LandfallError {
  return new LandfallError('LF-CONTRACT-008', `${path} cannot be written as canonical JSON: it is ${what}`);
}
