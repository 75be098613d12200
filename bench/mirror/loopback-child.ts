import { createHash } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';

// The least that any copy between two processes costs here: bytes from one socket, sha256, to the next socket; no HTTP, no disk.
const [mode = '', ...numbers] = process.argv.slice(2);
const [size = 0, source = 0, sink = 0] = numbers.map(Number);
const chunk = Buffer.alloc(256 * 1024, 1);

if (mode === 'ends') {
  // Both ends in one process: they cost what registries without any work of their own would.
  const giving = await listen(createServer((socket) => void give(socket)));
  const taking = await listen(createServer({ allowHalfOpen: true }, (socket) => take(socket)));
  console.log(JSON.stringify([giving, taking]));
} else if (mode === 'hash') {
  const hash = createHash('sha256');
  for (let left = size; left > 0; left -= chunk.byteLength) hash.update(chunk);
  console.log(hash.digest('hex'));
} else {
  await copy();
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function give(socket: Socket): Promise<void> {
  for (let left = size; left > 0; left -= chunk.byteLength) {
    if (!socket.write(chunk.subarray(0, Math.min(left, chunk.byteLength)))) {
      await new Promise((resolve) => socket.once('drain', resolve));
    }
  }
  socket.end();
}

/** Says how much came, when all of it has come. */
function take(socket: Socket): void {
  let taken = 0;
  socket.on('data', (bytes: Buffer) => (taken += bytes.byteLength));
  socket.on('end', () => socket.end(String(taken)));
}

async function copy(): Promise<void> {
  const hash = createHash('sha256');
  const to = connect(sink, '127.0.0.1');
  const answer = new Promise<string>((resolve, reject) => {
    to.once('data', (bytes: Buffer) => resolve(String(bytes)));
    to.once('error', reject);
  });
  await new Promise<void>((resolve, reject) => {
    const from = connect({
      port: source,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.allocUnsafe(256 * 1024),
        callback: (length, buffer) => {
          const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length);
          hash.update(bytes);
          // The next read overwrites the buffer: only when this one is gone.
          to.write(bytes, () => from.resume());
          return false;
        },
      },
    });
    from.once('end', () => resolve());
    from.once('error', reject);
  });
  to.end();
  if ((await answer) !== String(size)) throw new Error(`the sink has ${await answer} of ${size} bytes`);
  console.log(hash.digest('hex'));
}
