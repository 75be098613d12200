import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type Clock, LandfallError, sha256 } from '../../contract/index.ts';
import { asDiskFull } from '../guards/index.ts';
import { type WriteBytes, appendLine } from './append-line.ts';

/** One thing that left, or one fetch without a body. */
export type LedgerEntry = {
  kind: string;
  method: string;
  host: string;
  /** Without the query: it may hold a signature. */
  path: string;
  /** Of the body; null for a fetch without one. */
  sha256: string | null;
  bytes: number;
};

/** The customer's own record of everything that left: JSON lines, each naming the hash of the line before it. Written before the send. */
export type Ledger = {
  append(entry: LedgerEntry): void;
  /** Hash of the newest line. */
  head(): string;
  close(): void;
};

const genesis = 'sha256:' + '0'.repeat(64);

const lineSchema = z.object({
  n: z.number().int().min(1),
  at: z.string(),
  kind: z.string(),
  method: z.string(),
  host: z.string(),
  path: z.string(),
  sha256: z.string().nullable(),
  bytes: z.number().int(),
  prev: z.string(),
});

const fileName = /^ledger-\d{8}\.jsonl$/;
const filesOf = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => fileName.test(name))
    .sort();

/** `fileBytes`: a new file is begun above this size; the chain goes on across files. */
export function openLedger(options: { dir: string; clock: Clock; fileBytes?: number; write?: WriteBytes }): Ledger {
  const { dir, clock } = options;
  const fileBytes = options.fileBytes ?? 16 * 1024 * 1024;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = filesOf(dir);
  let { n, head, size } = resume(dir, files);
  // By name, not by count: the customer may have moved the oldest files elsewhere.
  let fileNumber = Number(files.at(-1)?.slice('ledger-'.length, -'.jsonl'.length) ?? 1);
  const openFile = (number: number): number =>
    openSync(join(dir, `ledger-${String(number).padStart(8, '0')}.jsonl`), 'a', 0o600);
  let fd = openFile(fileNumber);
  /** The old file is held until there is a new one: where that cannot be opened, the next record tries again. */
  const beginFile = (): void => {
    const full = fd;
    fd = openFile(fileNumber + 1);
    fileNumber++;
    size = 0;
    closeSync(full);
  };
  let isClosed = false;
  return {
    append: (entry) => {
      // Its descriptor may be that of another file by now.
      if (isClosed)
        throw new LandfallError('LF-RUNNER-099', 'the ledger is closed: the runner ends', { temporary: true });
      const line = JSON.stringify({ n: n + 1, at: clock.now().toISOString(), ...entry, prev: head });
      try {
        if (size >= fileBytes) beginFile();
        size += appendLine(fd, size, line, options.write);
      } catch (error) {
        throw asDiskFull(error);
      }
      n++;
      head = sha256(line);
    },
    head: () => head,
    close: () => {
      if (!isClosed) closeSync(fd);
      isClosed = true;
    },
  };
}

/** Continues after the last whole line. A torn one was never sent (the record comes first), so it is cut off. */
function resume(dir: string, files: readonly string[]): { n: number; head: string; size: number } {
  const last = files.at(-1);
  if (last === undefined) return { n: 0, head: genesis, size: 0 };
  const path = join(dir, last);
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.byteLength) truncateSync(path, end);
  const line = bytes.subarray(0, end).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  if (line === '') return { ...resume(dir, files.slice(0, -1)), size: 0 };
  return { n: lineSchema.parse(JSON.parse(line)).n, head: sha256(line), size: end };
}

export type LedgerLine = z.infer<typeof lineSchema>;

/** Reads and checks the whole chain; throws LF-RUNNER-063 at the first line that does not follow from the one before it. */
export function readLedger(dir: string): LedgerLine[] {
  if (!existsSync(dir)) return [];
  const lines: LedgerLine[] = [];
  let prev = genesis;
  for (const name of filesOf(dir)) {
    for (const text of readFileSync(join(dir, name), 'utf8').split('\n')) {
      if (text === '') continue;
      const line = lineSchema.safeParse(safeJson(text));
      if (!line.success || line.data.prev !== prev || line.data.n !== lines.length + 1) {
        throw new LandfallError('LF-RUNNER-063', `the egress ledger is broken at ${name}, record ${lines.length + 1}`);
      }
      lines.push(line.data);
      prev = sha256(text);
    }
  }
  return lines;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
