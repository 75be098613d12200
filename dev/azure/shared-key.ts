import { createHmac } from 'node:crypto';

export type SharedKeyRequest = {
  method: string;
  /** With the query, as it is sent. */
  path: string;
  headers: Readonly<Record<string, string>>;
  bodyLength: number;
};

/** Azure Storage's "Authorize with Shared Key", for the Blob service: the value of `authorization`. `key` is base64. */
export function signWithSharedKey(account: string, key: string, request: SharedKeyRequest): string {
  const { method, path, headers, bodyLength } = request;
  const url = new URL(path, 'https://account.invalid');
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = named
    .filter(([name]) => name.startsWith('x-ms-'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const query = [...url.searchParams].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const resource = [`/${account}${url.pathname}`, ...query.map(([name, value]) => `${name}:${value}`)].join('\n');
  const type = named.find(([name]) => name === 'content-type')?.[1] ?? '';
  // Encoding, language, length, MD5, type, date, five conditions and range; `x-ms-date` stands for the date.
  const fields = ['', '', bodyLength === 0 ? '' : String(bodyLength), '', type, '', '', '', '', '', ''];
  const text = `${[method, ...fields].join('\n')}\n${own.join('')}${resource}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');
  return `SharedKey ${account}:${signature}`;
}
