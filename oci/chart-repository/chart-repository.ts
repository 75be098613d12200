import { type Clock, type Digest, LandfallError, sha256, systemClock } from '../../contract/index.ts';
import { createNetwork, type Network } from '../network/network.ts';
import type { Authorizer, CredentialSource } from '../registry/authorizer.ts';
import { wireCarrier } from '../registry/carriers.ts';
import { hasStatus } from '../registry/failures.ts';
import { readBody } from '../registry/read-body.ts';
import { createRedirectRules, guardedLookup, type Lookup } from '../registry/redirects.ts';
import { type RetryOptions, withRetry } from '../registry/retry.ts';
import { createTransport } from '../registry/transport.ts';
import { createWire } from '../registry/wire/wire.ts';

/** One version of a chart, pinned: the archive is this one or none. */
export type ChartVersion = {
  readonly name: string;
  readonly version: string;
  readonly digest: Digest;
  readonly url: URL;
};

/** A chart repository: charts as archives behind an index.yaml, over HTTPS. */
export type ChartRepository = {
  /** The folder that index.yaml lies in, as a URL that ends with `/`. */
  readonly url: string;
  /** LF-OCI-031 when it is not there, or with another digest than `expected`. */
  find(
    chart: { name: string; version: string; digest?: Digest | undefined },
    signal?: AbortSignal,
  ): Promise<ChartVersion>;
  /** The whole .tgz, at most 20 MiB; its digest is right. */
  archive(chart: ChartVersion, signal?: AbortSignal): Promise<Uint8Array>;
  /** The `.prov` beside the archive (`helm package --sign`), if there is one. Whose signature it is, is not looked at. */
  provenance(chart: ChartVersion, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Ends all its connections. */
  close(): Promise<void>;
};

export type ChartRepositoryOptions = {
  /** `https://charts.example.com/stable` */
  url: string;
  /** Sent to the repository's own origin alone, without being asked: many answer 404 to strangers. */
  credentials?: CredentialSource;
  /** The way out (proxy, authorities). */
  network?: Network;
  clock?: Clock;
  /** Plain http; accepted for loopback addresses only. */
  plainHttp?: boolean;
  retry?: Partial<Omit<RetryOptions, 'clock'>>;
  lookup?: Lookup;
};

/** The largest public one has 30 MB. */
const maxIndexBytes = 64 * 1024 * 1024;
/** As Helm has it (`MaxChartSize` counts what is unpacked; a packed one is smaller). */
const maxArchiveBytes = 20 * 1024 * 1024;
const maxProvenanceBytes = 256 * 1024;
/** One read. */
const readBytes = 64 * 1024;

export function createChartRepository(options: ChartRepositoryOptions): ChartRepository {
  const { clock = systemClock, network = createNetwork(), lookup = network.lookup } = options;
  const base = baseUrl(options.url, options.plainHttp === true);
  const wire = createWire({
    connect: network.connect({ lookup: guardedLookup(base, lookup) }),
    bufferBytes: readBytes,
  });
  const carry = wireCarrier(wire);
  const redirects = createRedirectRules(base, lookup);
  const authorizer = basicAuthorizer(options.credentials);
  const send = createTransport({ origin: base, small: carry, bulk: carry, authorizer, redirects, clock });
  const retry = { clock, ...options.retry };

  const get = (url: URL, limit: number, what: string, signal: AbortSignal | undefined): Promise<Uint8Array> =>
    withRetry(retry, signal, async () => {
      const answer = await send({ method: 'GET', target: url.href, expect: [200], scopes: [], signal, what });
      return readBody(answer.body, limit, what);
    });

  let index: Promise<string> | undefined;
  const readIndex = (signal: AbortSignal | undefined): Promise<string> => {
    index ??= get(new URL('index.yaml', base), maxIndexBytes, `reading the index of ${base.href}`, signal).then(decode);
    index.catch(() => {
      index = undefined;
    });
    return index;
  };
  const decode = (bytes: Uint8Array): string => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new LandfallError('LF-OCI-030', `the index of ${base.href} is not UTF-8`, { cause });
    }
  };

  return {
    url: base.href,
    find: async ({ name, version, digest }, signal) => {
      const what = `the index of ${base.href}`;
      const { chartVersions } = await import('./chart-index.ts');
      const versions = chartVersions(await readIndex(signal), name, what);
      const found = versions.find((each) => bare(each.version) === bare(version));
      if (found === undefined)
        throw absent(`${what} has no ${name} ${version}${nearby(versions.map((each) => each.version))}`);
      const pinned = digest ?? found.digest;
      if (pinned === undefined)
        throw absent(`${what} gives no digest for ${name} ${version}; name it in landfall.yaml`);
      if (found.digest !== undefined && found.digest !== pinned) {
        throw absent(`${name} ${version} is ${found.digest} in ${what}, and ${pinned} is wanted`);
      }
      const [url] = found.urls;
      if (url === undefined) throw absent(`${what} does not say where ${name} ${version} is`);
      return { name, version: found.version, digest: pinned, url: chartUrl(url, base, what) };
    },
    archive: async ({ name, version, digest, url }, signal) => {
      const bytes = await get(url, maxArchiveBytes, `fetching the chart ${name} ${version}`, signal);
      if (sha256(bytes) === digest) return bytes;
      throw new LandfallError('LF-OCI-005', `the chart ${name} ${version} should be ${digest} and is ${sha256(bytes)}`);
    },
    provenance: async ({ name, version, url }, signal) => {
      const beside = new URL(url);
      beside.pathname += '.prov';
      try {
        return await get(beside, maxProvenanceBytes, `fetching the provenance of ${name} ${version}`, signal);
      } catch (error) {
        // Stores answer 403 for what they do not have.
        if (hasStatus(error, 403, 404, 410)) return undefined;
        throw error;
      }
    },
    close: () => wire.close(),
  };
}

function baseUrl(text: string, plainHttp: boolean): URL {
  const folder = text.endsWith('/') ? text : `${text}/`;
  // A login in the address would end up in messages.
  if (!/^https?:/i.test(folder) || !URL.canParse(folder) || folder.includes('@')) {
    throw new LandfallError('LF-OCI-030', `that is not the address of a chart repository: https://host/path is`);
  }
  const url = new URL(folder);
  const loopback =
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
  if (url.protocol === 'http:' && !(plainHttp && loopback)) {
    throw new LandfallError('LF-OCI-007', `${url.host} would be spoken to in plain http, which is refused`);
  }
  return url;
}

function chartUrl(text: string, base: URL, what: string): URL {
  if (URL.canParse(text, base)) return new URL(text, base);
  throw new LandfallError('LF-OCI-030', `${what} names an archive that is not a URL`);
}

/** Basic, and without waiting for a challenge. */
function basicAuthorizer(credentials: CredentialSource | undefined): Authorizer {
  const header = async (refresh: boolean): Promise<string | undefined> => {
    const found = await credentials?.({ refresh });
    if (found === undefined) return undefined;
    return `Basic ${Buffer.from(`${found.username}:${found.password}`).toString('base64')}`;
  };
  return { current: () => header(false), answer: () => header(true) };
}

/** Helm takes `v1.2.3` for `1.2.3`. */
function bare(version: string): string {
  return version.replace(/^v(?=\d)/, '');
}

function nearby(versions: readonly string[]): string {
  if (versions.length === 0) return ', and no chart of that name';
  return `; it has ${versions.slice(0, 5).join(', ')}${versions.length > 5 ? `, and ${versions.length - 5} more` : ''}`;
}

function absent(message: string): LandfallError {
  return new LandfallError('LF-OCI-031', message);
}
