import {
  createCustomer,
  gatewayUrl,
  hasImages,
  imagesFromElsewhere,
  installId,
  installRoleName,
  podsIn,
  readInstallSeal,
  roleExists,
  startVendor,
  trustedStrangers,
  waitUntil,
  withoutVendorRegistry,
} from '../story/index.ts';
import { startWorld } from '../world/index.ts';
import { startProber } from './prober.ts';
import { hold, on, type Stage } from './stage.ts';
import type { Step } from './step-list.ts';

/** From an empty machine to a running product without anybody's access. */
export function installSteps(options: { keep: boolean; nodes: 'auto' | 'kwok' }): Step<Stage>[] {
  return [
    {
      title: 'World up: cluster, registries, AWS stand-in',
      async run(stage, { say }) {
        stage.world = await startWorld({
          say,
          keep: options.keep,
          nodes: options.nodes,
          // What this release's gateway really does, on nodes that run nothing.
          neverReady: { label: 'app.kubernetes.io/version', value: '1.2.0' },
        });
        const { cluster } = stage.world;
        return cluster.nodes === 'kubelet'
          ? `${cluster.nodeNames.length} real nodes Ready`
          : `${cluster.nodeNames.length} simulated nodes (kwok): what rests on them prints "simulated"`;
      },
    },
    {
      title: 'Vendor: publish 1.0.0',
      async run(stage, { say }) {
        stage.vendor = await startVendor(on(stage, 'world'));
        const { repository, digest } = await stage.vendor.publish('1.0.0', say);
        return `${repository}@${digest.slice(0, 19)}`;
      },
    },
    {
      title: "Customer's admin: account stack",
      async run(stage, { say }) {
        const world = on(stage, 'world');
        stage.customer = await createCustomer(world, on(stage, 'vendor'), { say });
        const { externalId } = await stage.customer.register();
        stage.externalId = externalId;
        await stage.customer.prepareSecrets();
        const { outputs } = await stage.customer.applyAccount(externalId);
        hold(await roleExists(world, installRoleName(world)), 'the install role exists');
        return `state in ${outputs.stateBucket}`;
      },
    },
    {
      title: 'Install role, used once: base stack',
      async run(stage) {
        const customer = on(stage, 'customer');
        stage.session = await customer.assume(on(stage, 'externalId'));
        const { base, again } = await customer.applyBase(stage.session);
        stage.base = base;
        hold(!again, 'a second plan of the base stack is empty');
        return `cluster ${base.clusterName}; second plan empty`;
      },
    },
    {
      title: 'Hand-off: the runner takes over',
      async run(stage) {
        const { holder } = await on(stage, 'customer').handOff(on(stage, 'session'), on(stage, 'base'));
        return holder === null
          ? "the runner is at work: it has ended the installer's access already"
          : `lease held by ${holder.split('/').slice(0, 3).join('/')}`;
      },
    },
    {
      title: 'The end of the install role',
      async run(stage) {
        const world = on(stage, 'world');
        const proof = await on(stage, 'customer').proveEnd(
          on(stage, 'session'),
          on(stage, 'base'),
          on(stage, 'externalId'),
        );
        await waitUntil('the install role is gone', 60, async () =>
          (await roleExists(world, installRoleName(world))) ? null : true,
        );
        const [call] = proof.awsCalls;
        return `old AWS session: ${call?.refusal.name ?? '?'} (${call?.call ?? '?'}); old cluster token: ${proof.kubernetes.status} ${proof.kubernetes.message}`;
      },
    },
    {
      title: 'The seal: who can still enter from outside',
      async run(stage) {
        const world = on(stage, 'world');
        const { api } = on(stage, 'vendor');
        const seal = await waitUntil('the signed seal arrives', 120, () => readInstallSeal(api, installId));
        hold(seal.doubt === null, 'the seal is signed by the runner that enrolled');
        const { report } = seal;
        hold(report.verdict === 'sealed', `the verdict is "sealed", not "${report.verdict}"`);
        const strangers = await trustedStrangers(world);
        hold(strangers.length === 0, `IAM itself names no stranger in a trust policy (${strangers.join(', ')})`);
        const looked = report.places.reduce((sum, place) => sum + place.looked, 0);
        return `${report.verdict}: ${looked} policies in ${report.places.length} places, nobody from outside; install role ${report.installRole}`;
      },
    },
    {
      title: 'Running 1.0.0, from the mirror alone',
      async run(stage, { say }) {
        const world = on(stage, 'world');
        const simulated = world.cluster.nodes === 'kwok';
        await withoutVendorRegistry(world, '1.0.0', say);
        const url = await waitUntil('the gateway has an address', 120, () => gatewayUrl(world));
        if (simulated) return 'simulated: nothing answers on kwok nodes';
        stage.prober = startProber(url);
        const { prober } = stage;
        const answer = await waitUntil('the gateway answers as 1.0.0', 120, () =>
          Promise.resolve(prober.last()?.version === '1.0.0' ? prober.last() : null),
        );
        prober.forget();
        // The gateway answers from its first pod on: another may still be pulling, and has no image to name yet.
        const pods = await waitUntil('every container has its image', 120, async () => {
          const found = await podsIn(world, 'streaming');
          return found.every(hasImages) ? found : null;
        });
        hold(imagesFromElsewhere(world, pods).length === 0, 'every imageID is in the mirror');
        const nodes = new Set(
          pods.filter((pod) => pod.metadata.name.startsWith('gateway-')).map((pod) => pod.spec.nodeName),
        );
        return `live: ${answer?.version}, bucket ${answer?.bucket}; ${pods.length} pods from the mirror, gateway on ${nodes.size} nodes`;
      },
    },
  ];
}
