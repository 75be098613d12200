import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireEngines } from '../dev/index.ts';
import { startDistribution } from '../test/registry/start-distribution.ts';
import { packArtifact, type PackedArtifact } from './artifact.ts';
import { registryStore } from './copy/content-store.ts';
import { copyArtifact } from './copy/copy-artifact.ts';
import { createRegistryClient, type RegistryClient } from './registry/client.ts';

const engines = await requireEngines('registry');
const mebibyte = 1024 * 1024;
const size = 48 * mebibyte;

/** A line on the way to the registry that breaks after so many bytes of one connection, `breaks` times. */
class Line {
  breaks = 0;
  requests: string[] = [];
  readonly #server: Server;

  constructor(port: number, after: number, ends: 'end' | 'resetAndDestroy') {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      const both: Socket[] = [near, far];
      let sent = 0;
      near.on('data', (bytes: Buffer) => {
        const line = /^(GET|HEAD|POST|PUT|PATCH) \/v2\/\S*/.exec(bytes.subarray(0, 2000).toString('latin1'))?.[0];
        if (line !== undefined) this.requests.push(line);
        sent += bytes.byteLength;
        if (!far.write(bytes)) {
          near.pause();
          far.once('drain', () => near.resume());
        }
        if (sent < after || this.breaks === 0) return;
        this.breaks--;
        near.destroy();
        far[ends]();
      });
      far.on('data', (bytes) => near.write(bytes));
      for (const [one, other] of [both, both.toReversed()]) {
        one?.on('error', () => undefined).on('close', () => other?.destroy());
      }
    });
  }
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }
  close(): void {
    this.#server.close();
  }
}

describe.skipIf(!engines.available)('an upload to CNCF distribution over a line that breaks', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cut-uploads-'));
  let registry: Awaited<ReturnType<typeof startDistribution>>;
  let source: RegistryClient;
  let artifact: PackedArtifact;
  const clients: RegistryClient[] = [];
  const lines: Line[] = [];

  beforeAll(async () => {
    registry = await startDistribution(engines.path('registry'), dir);
    source = createRegistryClient({ host: registry.host, plainHttp: true });
  });
  beforeEach(async () => {
    artifact = await packArtifact({ layers: [{ mediaType: 'application/octet-stream', bytes: randomBytes(size) }] });
    await copyArtifact({ from: artifact, to: registryStore(source, 'from'), digest: artifact.descriptor.digest });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    for (const line of lines.splice(0)) line.close();
  });
  afterAll(async () => {
    await source.close();
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each([
    ['closed in order', 'end', 1],
    ['closed in order, three times', 'end', 3],
    ['reset', 'resetAndDestroy', 1],
    ['reset, three times', 'resetAndDestroy', 3],
  ] as const)('goes on where it stands: %s', async (name, ends, breaks) => {
    const line = new Line(Number(registry.host.split(':')[1]), 8 * mebibyte, ends);
    lines.push(line);
    const through = createRegistryClient({ host: await line.open(), plainHttp: true });
    clients.push(through);
    line.breaks = breaks;
    const into = `into/${name.replaceAll(/\W+/g, '-')}`;
    await copyArtifact({
      from: registryStore(source, 'from'),
      to: registryStore(through, into),
      digest: artifact.descriptor.digest,
    });
    expect(line.breaks).toBe(0);
    const [layer] = artifact.layers;
    if (layer === undefined) throw new Error('one layer');
    const uploads = line.requests.filter((each) => each.startsWith('PUT') && each.includes(layer.digest.slice(7)));
    expect(uploads).toHaveLength(1 + breaks);
    expect(new Set(uploads.map((each) => /uploads\/([^?]*)/.exec(each)?.[1])).size).toBe(1);
    expect(line.requests.some((each) => each.startsWith('PATCH'))).toBe(false);
    let bytes = 0;
    // Compared with its digest while it is read.
    for await (const piece of await source.getBlob(into, layer)) bytes += piece.byteLength;
    expect(bytes).toBe(size);
  });
});
