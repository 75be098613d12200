import type { Dispatcher } from 'undici';
import { type Clock, LandfallError } from '../../contract/index.ts';
import type { Probe } from './access.ts';

/** What S3 answers a session that may not, or that is no more. */
const refusals = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'ExpiredToken',
  'InvalidToken',
  'InvalidClientTokenId',
]);

/** Fetches the URL that the install session signed at hand-off: a harmless list of nothing. `url` is empty when there is none. */
export function presignedUrlProbe(options: { url: string; dispatcher: Dispatcher; clock: Clock }): Probe {
  if (options.url === '') return () => Promise.resolve('none');
  const url = new URL(options.url);
  return async (signal) => {
    if (options.clock.now().getTime() >= expiryOf(url)) return 'expired';
    const response = await options.dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    });
    const text = (await response.body.text()).slice(0, 16_384);
    if (response.statusCode === 200) return 'allowed';
    const code = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text)?.[1] ?? '';
    // "Request has expired" is an AccessDenied too, and says nothing about the session.
    if (response.statusCode === 403 && /Request has expired/i.test(text)) return 'expired';
    if ((response.statusCode === 403 || response.statusCode === 400) && refusals.has(code)) return 'refused';
    const message = `the probe of the old session was answered ${response.statusCode} ${code}, which is neither yes nor no`;
    throw new LandfallError('LF-RUNNER-067', message, { temporary: true });
  };
}

/** X-Amz-Date + X-Amz-Expires (SigV4, query parameters); a URL without them is taken as run out. */
function expiryOf(url: URL): number {
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(url.searchParams.get('X-Amz-Date') ?? '');
  const seconds = Number(url.searchParams.get('X-Amz-Expires') ?? 'NaN');
  if (date === null || !Number.isFinite(seconds)) return 0;
  const [year, month, day, hour, minute, second] = date.slice(1).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) + seconds * 1000;
}
