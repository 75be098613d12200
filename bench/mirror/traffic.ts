export type Traffic = {
  requests: number;
  /** Bytes of answers' bodies. */
  bytesSent: number;
  /** `GET blobs`, `HEAD manifests` and so on: what the requests were. */
  byKind: Record<string, number>;
};

/** An access log in the combined format: `host - - [time] "GET /v2/a/blobs/sha256:… HTTP/1.1" 200 1234 "" "agent"`. */
export function trafficOf(log: string): Traffic {
  const traffic: Traffic = { requests: 0, bytesSent: 0, byKind: {} };
  for (const [, method = '', path = '', bytes = '0'] of log.matchAll(/"([A-Z]+) (\S+) HTTP\/[\d.]+" \d{3} (\d+)/g)) {
    traffic.requests++;
    traffic.bytesSent += method === 'HEAD' ? 0 : Number(bytes);
    const kind = `${method} ${/\/(uploads|blobs|manifests|tags|referrers)\/[^/]*$/.exec(path.replace(/\?.*/, ''))?.[1] ?? 'other'}`;
    traffic.byKind[kind] = (traffic.byKind[kind] ?? 0) + 1;
  }
  return traffic;
}

export function addTraffic(one: Traffic, other: Traffic): Traffic {
  const byKind = { ...one.byKind };
  for (const [kind, count] of Object.entries(other.byKind)) byKind[kind] = (byKind[kind] ?? 0) + count;
  return { requests: one.requests + other.requests, bytesSent: one.bytesSent + other.bytesSent, byKind };
}
