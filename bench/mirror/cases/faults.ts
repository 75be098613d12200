import { type FaultRegistry, type FaultRule, startFaultRegistry } from '../../../test/registry/fault-registry.ts';
import { bytesOf } from '../blob.ts';
import type { Ground } from '../ground.ts';
import { bytesOfImage, type Image, largeImage } from '../image.ts';
import { type Run, runTool, type WatchedSource, type WatchedTarget } from '../run-tool.ts';
import type { MirrorTool } from '../tools.ts';
import { type Case, mebibyte } from './case.ts';

type Row = { name: string; side: 'source' | 'target'; rules: (image: Image) => FaultRule[] };

const everyLayer = (image: Image, rule: (layer: Image['layers'][number]) => FaultRule): FaultRule[] =>
  image.layers.map(rule);

const cutUpload = 'push: each upload cut in its body once, in the middle';

/** What a retry can survive. Each strikes a set number of times and is over then. */
const rows: readonly Row[] = [
  {
    name: 'pull: each blob cut once in the middle',
    side: 'source',
    rules: (image) =>
      everyLayer(image, ({ digest, size }) => ({
        on: 'blob-get',
        when: ({ reference }) => reference === digest,
        times: 1,
        fault: { kind: 'cut', after: Math.floor(size / 2) },
      })),
  },
  {
    name: 'pull: each blob cut three times',
    side: 'source',
    rules: (image) =>
      everyLayer(image, ({ digest, size }) => ({
        on: 'blob-get',
        when: ({ reference }) => reference === digest,
        times: 3,
        fault: { kind: 'cut', after: Math.floor(size / 5) },
      })),
  },
  {
    name: 'pull: closed before the answer, each blob once',
    side: 'source',
    rules: (image) =>
      everyLayer(image, ({ digest }) => ({
        on: 'blob-get',
        when: ({ reference }) => reference === digest,
        times: 1,
        fault: { kind: 'no-answer' },
      })),
  },
  {
    name: 'pull: 503 twice for the manifest',
    side: 'source',
    rules: () => [{ on: ['manifest-get', 'manifest-head'], times: 2, fault: { kind: 'status', status: 503 } }],
  },
  {
    name: 'pull: 503 six times for blobs',
    side: 'source',
    rules: () => [{ on: 'blob-get', times: 6, fault: { kind: 'status', status: 503 } }],
  },
  {
    name: 'pull: 429 with Retry-After, six times',
    side: 'source',
    rules: () => [{ on: 'blob-get', times: 6, fault: { kind: 'status', status: 429, retryAfter: '1' } }],
  },
  {
    name: cutUpload,
    side: 'target',
    rules: (image) =>
      everyLayer(image, ({ digest, size }) => ({
        on: 'upload-end',
        when: ({ path }) => decodeURIComponent(path).includes(digest),
        times: 1,
        fault: { kind: 'cut-request', after: Math.floor(size / 2) },
      })),
  },
  {
    name: 'push: 503 four times at the start of an upload',
    side: 'target',
    rules: () => [{ on: 'upload-start', times: 4, fault: { kind: 'status', status: 503 } }],
  },
  {
    name: 'push: 429 with Retry-After, four times',
    side: 'target',
    rules: () => [{ on: 'upload-start', times: 4, fault: { kind: 'status', status: 429, retryAfter: '1' } }],
  },
  {
    name: 'push: 503 twice for the manifest',
    side: 'target',
    rules: () => [{ on: 'manifest-put', times: 2, fault: { kind: 'status', status: 503 } }],
  },
];

/** Every tool meets every fault once: does it come through, and how much does it fetch for it? */
export const faults: Case = async (ground, sizes) => {
  const image = largeImage(sizes.fault.layers, sizes.fault.mebibytes * mebibyte);
  const content = bytesOfImage(image);
  const tools = ground.tools.filter(({ copies }) => copies !== 'many');
  const results: { fault: string; tool: string; run: Run }[] = [];
  for (const row of rows) {
    ground.say(row.name);
    for (const tool of tools) {
      const run = await meet(ground, tool, row, image);
      ground.say(`  ${tool.name}: ${run.ok ? `${(run.bytesFetched / content).toFixed(3)} of the content` : 'failed'}`);
      results.push({ fault: row.name, tool: tool.name, run });
    }
  }
  const cell = (fault: string, tool: string): string => {
    const run = results.find((each) => each.fault === fault && each.tool === tool)?.run;
    return run?.ok === true
      ? `${(run.bytesFetched / content).toFixed(2)}  ${(run.wallMs / 1000).toFixed(1)} s`
      : 'fails';
  };
  const wrong = results.filter(
    ({ tool, run }) => tool === 'landfall mirror' && !(run.ok && run.bytesFetched <= 1.05 * content),
  );
  const again = results.find(({ fault, tool }) => fault === cutUpload && tool === 'landfall mirror')?.run;
  const lost = again === undefined ? 0 : (again.bytesFetched - content) / image.layers.length / mebibyte;
  return {
    tables: [
      {
        title: `faults, ${sizes.fault.layers} x ${sizes.fault.mebibytes} MB: bytes fetched as a part of the content, and time`,
        columns: ['', ...tools.map(({ name }) => name)],
        rows: rows.map(({ name }) => [name, ...tools.map((tool) => cell(name, tool.name))]),
      },
    ],
    findings: [
      `faults that landfall mirror survives with at most 1.05 of the content: ${rows.length - wrong.length} of ${rows.length}: ${
        wrong.length === 0 ? 'held' : `NOT held: ${wrong.map(({ fault }) => fault).join('; ')}`
      }`,
      `an upload cut in its body: ${lost.toFixed(1)} MiB of the source fetched again for each cut, which had been on the way between the kernels`,
    ],
    details: { results },
  };
};

/** The faulty side is the registry of test/, in this process; the other one is distribution, or the same without a fault. */
async function meet(ground: Ground, tool: MirrorTool, { side, rules }: Row, image: Image): Promise<Run> {
  const faulty = await startFaultRegistry();
  try {
    if (side === 'source') plant(faulty, image);
    for (const rule of rules(image)) faulty.fault(rule);
    const other = side === 'source' ? await ground.startRegistry() : await ground.startSource([image]);
    const ends =
      side === 'source' ? { source: sourceOf(faulty), target: other } : { source: other, target: targetOf(faulty) };
    const run = await runTool(ground, tool, { images: [image], ...ends, deadlineMs: 120_000 });
    await other.stop();
    if (faulty.struck() === 0) throw new Error(`${tool.name} never met the fault: nothing is proven`);
    return run;
  } finally {
    await faulty.stop();
  }
}

function plant({ content }: FaultRegistry, { repository, tag, manifest, config, layers }: Image): void {
  for (const layer of layers) content.addBlob(repository, Buffer.concat([...bytesOf(layer)]));
  content.addBlob(repository, config.bytes);
  const held = content.repository(repository);
  held.manifests.set(manifest.digest, { bytes: manifest.bytes, mediaType: manifest.mediaType, subject: undefined });
  held.tags.set(tag, manifest.digest);
}

function sourceOf(registry: FaultRegistry): WatchedSource {
  let [requests, bytes] = [0, 0];
  return {
    host: registry.host,
    traffic: async () => ({
      requests: registry.requests.length - requests,
      bytesSent: registry.bytesSent() - bytes,
      byKind: {},
    }),
    forget: async () => {
      [requests, bytes] = [registry.requests.length, registry.bytesSent()];
    },
    // It runs in this process: its processor time cannot be told apart, and no case with faults asks for it.
    cpuSeconds: async () => 0,
  };
}

function targetOf(registry: FaultRegistry): WatchedTarget {
  return {
    ...sourceOf(registry),
    digestOfTag: async (repository, tag) => registry.content.manifest(repository, tag)?.digest,
    holdsBlob: async (digest) => registry.content.blobs.has(digest),
  };
}
