import { readFile } from 'node:fs/promises';
import { createRegistryClient, mirrorSet, registryStore } from '../../oci/index.ts';
import { jobSchema } from './job.ts';

// The mirror engine in a process of its own, with nothing of the command line: what the runner does. Prints how long it took
// from the first request to the last, which is the time without the start of a process.
const { source, target, repository, images, ca } = jobSchema.parse(
  JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')),
);
const way = ca === undefined ? { plainHttp: true } : { ca: await readFile(ca, 'utf8') };
const clients = [source, target].map((host) => createRegistryClient({ host, ...way }));
const [from, to] = clients.map((client) => registryStore(client, repository));
if (from === undefined || to === undefined) throw new Error('two stores are wanted');
const start = performance.now();
await mirrorSet({ items: images.map(({ digest }) => ({ from, to, digest, tag: true })) });
console.log(JSON.stringify({ engineMs: performance.now() - start }));
await Promise.all(clients.map((client) => client.close()));
