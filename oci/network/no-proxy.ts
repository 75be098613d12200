import { BlockList, isIP } from 'node:net';

/** Where a connection wants to go: the name or address without brackets, and the port. */
export type Destination = { hostname: string; port: string };

/**
 * What NO_PROXY says, read exactly as Go's programs read it (golang.org/x/net/http/httpproxy), since Terraform and its providers
 * are such programs: one setting, one meaning. Entries are separated by commas: `*`; an address or a range (`10.0.0.0/8`), which
 * match addresses only and never names; `example.com` with all names below it; `.example.com` or `*.example.com`, the names below
 * it alone. A port may follow each but a range. This machine is never reached by a proxy.
 */
export function parseNoProxy(text: string): (destination: Destination) => boolean {
  const matchers = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(matcherOf);
  return ({ hostname, port }) => {
    const host = hostname.toLowerCase().replaceAll(/[[\]]/g, '').replace(/\.$/, '');
    return host === 'localhost' || isLoopback(host) || matchers.some((matches) => matches(host, port));
  };
}

type Matcher = (host: string, port: string) => boolean;

function matcherOf(entry: string): Matcher {
  if (entry === '*') return () => true;
  const range = rangeOf(entry);
  if (range !== undefined) return (host) => holds(range, host);
  const { name, port } = withoutPort(entry);
  const atPort = (wanted: string): boolean => port === '' || port === wanted;
  if (isIP(name) !== 0) {
    const one = new BlockList();
    one.addAddress(name, familyOf(name));
    return (host, wanted) => atPort(wanted) && holds(one, host);
  }
  const below = name.replace(/^\*(?=\.)/, '');
  const withItself = !below.startsWith('.');
  const suffix = withItself ? `.${below}` : below;
  if (suffix === '.') return () => false;
  return (host, wanted) => atPort(wanted) && (host.endsWith(suffix) || (withItself && host === below));
}

function rangeOf(entry: string): BlockList | undefined {
  const [, address = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), familyOf(address));
  return range;
}

function withoutPort(entry: string): { name: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  if (isIP(entry) === 6) return { name: entry, port: '' };
  const [, name = entry, port = ''] = /^([^:]*):(\d+)$/.exec(entry) ?? [];
  return { name, port };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

const isLoopback = (host: string): boolean => holds(loopback, host);
const holds = (list: BlockList, host: string): boolean => isIP(host) !== 0 && list.check(host, familyOf(host));
const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
