/** Run by lifecycle.engines.test.ts as a process of its own: starts a cluster, says where, and waits to be killed. */
import { openGround, startCluster } from './index.ts';
import { runPods } from './testing-pods.ts';

const ground = await openGround({ say: () => undefined });
await runPods(await startCluster(ground));
console.log(JSON.stringify({ dir: ground.dir, network: ground.network }));
setInterval(() => undefined, 60_000);
