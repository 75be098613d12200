import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { jobSchema } from './job.ts';

// The fewest requests of a cold copy on bare sockets of Node: nothing is verified, retried, limited, paced or told, and no answer is read
// further than its length. What it takes is what the registries and Node take; a tool that does its work needs more.
const { source, target, repository, images } = jobSchema.parse(
  JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')),
);
const start = performance.now();
const atATime = 64;

type Answer = { head: string; body: Buffer };
type Line = { socket: Socket; done: (answer: Answer) => void };

const idle: Record<string, Line[]> = { [source]: [], [target]: [] };
const waiting: (() => void)[] = [];
let free = atATime;

function open(host: string): Line {
  const [hostname, port] = host.split(':');
  const line: Line = { socket: connect(Number(port), hostname), done: () => undefined };
  let held: Buffer = Buffer.alloc(0);
  line.socket.setNoDelay(true);
  line.socket.on('data', (piece: Buffer) => {
    held = held.byteLength === 0 ? piece : Buffer.concat([held, piece]);
    const end = held.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = held.toString('latin1', 0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (held.byteLength < end + 4 + length) return;
    const body = held.subarray(end + 4);
    held = Buffer.alloc(0);
    idle[host]?.push(line);
    line.done({ head, body });
  });
  return line;
}

function ask(host: string, request: string, fields = '', body?: Buffer): Promise<Answer> {
  const line = idle[host]?.pop() ?? open(host);
  const head = `${request} HTTP/1.1\r\nhost: ${host}\r\n${fields}\r\n`;
  line.socket.write(body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]));
  return new Promise((resolve) => {
    line.done = resolve;
  });
}

async function slot<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}

function mustBeMade({ head }: Answer): void {
  if (!head.startsWith('HTTP/1.1 201')) throw new Error(head);
}

async function copyBlob(digest: string): Promise<void> {
  const { body } = await ask(source, `GET /v2/${repository}/blobs/${digest}`);
  const { head } = await ask(target, `POST /v2/${repository}/blobs/uploads/`, 'content-length: 0\r\n');
  const location = new URL(/^location: (\S+)/im.exec(head)?.[1] ?? '');
  const fields = `content-type: application/octet-stream\r\ncontent-length: ${body.byteLength}\r\n`;
  mustBeMade(await ask(target, `PUT ${location.pathname}${location.search}&digest=${digest}`, fields, body));
}

const blobs = new Map<string, Promise<void>>();

async function copyImage(digest: string): Promise<void> {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const { body } = await slot(() => ask(source, `GET /v2/${repository}/manifests/${digest}`, `accept: ${type}\r\n`));
  const { config, layers }: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(String(body));
  await Promise.all(
    [config, ...layers].map((each) => {
      const known = blobs.get(each.digest) ?? slot(() => copyBlob(each.digest));
      blobs.set(each.digest, known);
      return known;
    }),
  );
  const fields = `content-type: ${type}\r\ncontent-length: ${body.byteLength}\r\n`;
  const tag = `lf-${digest.slice('sha256:'.length)}`;
  mustBeMade(await slot(() => ask(target, `PUT /v2/${repository}/manifests/${tag}`, fields, body)));
}

await Promise.all(images.map(({ digest }) => copyImage(digest)));
console.log(JSON.stringify({ engineMs: performance.now() - start }));
for (const { socket } of Object.values(idle).flat()) socket.destroy();
