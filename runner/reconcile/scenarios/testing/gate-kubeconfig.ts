import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { RealWorld } from './world.ts';

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
});

/** The runner's own kubeconfig, with the gate in the place of the API server. */
export async function writeGateKubeconfig(
  { kubeconfigPath, gate, ground }: Pick<RealWorld, 'kubeconfigPath' | 'gate' | 'ground'>,
  path: string,
): Promise<string> {
  const kubeconfig = kubeconfigSchema.parse(JSON.parse(await readFile(kubeconfigPath, 'utf8')));
  const authority = Buffer.from(ground.authority.certificatePem).toString('base64');
  const clusters = kubeconfig.clusters.map((each) => ({
    ...each,
    cluster: { ...each.cluster, server: gate.endpoint, 'certificate-authority-data': authority },
  }));
  await writeFile(path, JSON.stringify({ ...kubeconfig, clusters }), { mode: 0o600 });
  return path;
}
