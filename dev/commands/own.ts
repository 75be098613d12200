import { LandfallError } from '../../contract/index.ts';
import { startTimeOf } from '../process-identity.ts';
import { type World, startWorld } from '../world/index.ts';
import { type WorldState, removeWorldState, writeWorldState } from './world-state.ts';

/** Is the owner of a world that runs in the background, until SIGTERM. Its output goes to the log that `up` follows. */
export async function own(options: { nodes: 'auto' | 'kwok' }): Promise<void> {
  const world = await startWorld({ say: (line) => console.log(line), nodes: options.nodes });
  await writeWorldState(stateOf(world));
  await new Promise<void>((resolve) => {
    // A world is meant to last: the timer keeps the process alive.
    const alive = setInterval(() => undefined, 60_000);
    process.once('SIGTERM', () => {
      clearInterval(alive);
      resolve();
    });
  });
  await world.stop();
  await removeWorldState();
}

function stateOf(world: World): WorldState {
  const { cloud, cluster, vendorRegistry } = world;
  const startTime = startTimeOf(process.pid);
  if (startTime === undefined) throw new LandfallError('LF-DEV-007', 'this process has no start time under /proc');
  const { accessKeyId, secretAccessKey } = cloud.people.customerAdmin;
  return {
    owner: { pid: process.pid, startTime },
    dir: world.dir,
    places: {
      'API server': cluster.endpoint,
      nodes:
        cluster.nodes === 'kubelet'
          ? cluster.nodeNames.join(', ')
          : `${cluster.nodeNames.join(', ')} (simulated by kwok)`,
      'AWS stand-in': cloud.endpoint,
      "account's registry": cloud.registry.host,
      "vendor's registry": `${vendorRegistry.host} (user ${vendorRegistry.username}, password ${vendorRegistry.password})`,
      'logs and files': world.dir,
    },
    environment: {
      KUBECONFIG: cluster.adminKubeconfigPath,
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: cloud.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      SSL_CERT_FILE: world.ca.certificatePath,
      NODE_EXTRA_CA_CERTS: world.ca.certificatePath,
    },
  };
}
