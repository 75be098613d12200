/** The one question of a DNS query (RFC 1035, section 4). */
export type DnsQuestion = { id: number; name: string; type: number; raw: Buffer; recursionDesired: boolean };

export type DnsAnswer =
  /** The name exists; it has these IPv4 addresses (none, for a question of another type). */
  { found: true; addresses: string[] } | { found: false };

export const typeA = 1;
const headerLength = 12;
const seconds = 2;

/** Undefined for anything that is not a plain query with one question. */
export function parseQuery(message: Buffer): DnsQuestion | undefined {
  if (message.length < headerLength + 5) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0xf800) !== 0 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headerLength;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63 || at + 1 + length > message.length) return undefined;
    if (length === 0) break;
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  if (at + 5 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.'),
    type: message.readUInt16BE(at + 1),
    raw: message.subarray(headerLength, at + 5),
    recursionDesired: (flags & 0x0100) !== 0,
  };
}

export function writeAnswer(question: DnsQuestion, answer: DnsAnswer): Buffer {
  const addresses = answer.found && question.type === typeA ? answer.addresses : [];
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(question.id, 0);
  // Response, authoritative, recursion available; NXDOMAIN is 3.
  header.writeUInt16BE(0x8480 | (question.recursionDesired ? 0x0100 : 0) | (answer.found ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    // A pointer to the question's name, type A, class IN, time to live, four bytes.
    const record = Buffer.from([0xc0, headerLength, 0, typeA, 0, 1, 0, 0, 0, seconds, 0, 4, 0, 0, 0, 0]);
    record.set(address.split('.').map(Number), headerLength);
    return record;
  });
  return Buffer.concat([header, question.raw, ...records]);
}
