import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import { ensureTools, ownArchitecture } from '../tools/index.ts';
import type { AdminClient } from './admin-client.ts';
import type { Ground } from './ground.ts';
import { type NeverReady, podStages } from './kwok-stages.ts';
import { nodeNames } from './node.ts';
import { type RunningProcess, startProcess } from './start-process.ts';

/** Nodes that only pretend: pods become Ready, Jobs complete, nothing runs. */
export async function startKwok(
  ground: Ground,
  plane: { adminKubeconfigPath: string; admin: AdminClient },
  neverReady?: NeverReady,
): Promise<RunningProcess> {
  const { config, clock, say, dir, reaper } = ground;
  const tool = await ensureTools(['kwok'], { config, clock, say });
  const stages = join(dir, 'cluster/kwok-stages.yaml');
  await mkdir(dirname(stages), { recursive: true });
  await writeFile(stages, podStages(neverReady));
  const kwok = startProcess({
    name: 'kwok',
    file: tool('kwok'),
    args: [
      `--kubeconfig=${plane.adminKubeconfigPath}`,
      `--config=${stages}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
    ],
    env: { HOME: dir },
    logPath: join(dir, 'cluster/logs/kwok.log'),
    reaper,
  });
  for (const name of nodeNames) await createNode(plane.admin, name);
  return kwok;
}

async function createNode(admin: AdminClient, name: string): Promise<void> {
  const resources = { cpu: '4', memory: '16Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  const answer = await admin.call('POST', '/api/v1/nodes', {
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': ownArchitecture,
        'topology.kubernetes.io/region': 'eu-central-1',
        'topology.kubernetes.io/zone': `eu-central-1${name.slice(-1)}`,
      },
    },
    status: { allocatable: resources, capacity: resources },
  });
  if (answer.status !== 201)
    throw new LandfallError('LF-DEV-004', `the API server refused node ${name} (${answer.status})`);
}
