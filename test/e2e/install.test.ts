import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  deleteDeployment,
  deploymentUid,
  gatewayUrl,
  installId,
  installRoleName,
  podsIn,
  readInstallReport,
  readInstallSeal,
  readTelemetry,
  roleExists,
  waitUntil,
} from '../../dev/story/index.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import type { World } from '../../dev/world/index.ts';
import type { EndProof } from '../../install/index.ts';
import { installNames, runnerIdentity } from '../../stacks/index.ts';
import {
  cgroupsOf,
  credentialsIn,
  credentialsOf,
  credentialsUnder,
  type HostProcess,
  processesWhere,
} from './testing/held.ts';
import { installed, type Installed, storyEngines } from './testing/installed.ts';
import { pullOnNode } from './testing/pull-probe.ts';
import { refusedCalls } from './testing/refused-calls.ts';
import { deleteRole, makeRole } from './testing/roles.ts';
import { rightsOf } from './testing/runner-rights.ts';

const engines = await requireEngines(...storyEngines);

const { namespace, serviceAccount } = runnerIdentity;
const runnerAccount = `system:serviceaccount:${namespace}:${serviceAccount}`;

/** Every credential that lies within reach of each process. What is not in here may not be there. */
const table = {
  runner: [
    `token of ${runnerAccount} for https://oidc.landfall.test/id/world: /var/run/secrets/kubernetes.io/serviceaccount/token`,
    `token of ${runnerAccount} for pods.eks.amazonaws.com: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token`,
  ],
  // Beside its own hand-off and key the runner keeps Helm's records here.
  runnerSecrets: ['landfall-handoff', 'lf-runner-key', 'sh.helm.release.v1.landfall-runner.v1'],
  product: [],
  node: [
    'client certificate with its key: /kube-proxy.kubeconfig',
    'client certificate with its key: /kubelet.kubeconfig',
    'private key: /serving.key',
  ],
  nodeEnvironment: [],
  imageCredentials: ["node's secret for image credentials: /bin/world-registry"],
  controlPlane: ['private key: /signing-key.pem', 'private key: /tls.key'],
  controlPlaneEnvironment: [],
  /** The install CLI's folder: states, plans, keys and tokens of the one-time role are gone. */
  installer: [],
};

const all = 'create delete get list patch update watch';
const read = 'get list watch';
/** It looks, and changes next to nothing: what is of a component is changed as that component's account. */
const runnerRights = {
  clusterroles: 'bind',
  configmaps: read,
  controllerrevisions: read,
  cronjobs: read,
  customresourcedefinitions: read,
  daemonsets: read,
  deployments: read,
  endpoints: read,
  endpointslices: read,
  events: read,
  horizontalpodautoscalers: read,
  ingresses: read,
  jobs: read,
  leases: read,
  namespaces: 'create get list watch',
  networkpolicies: read,
  nodes: read,
  persistentvolumeclaims: read,
  poddisruptionbudgets: read,
  pods: read,
  replicasets: read,
  rolebindings: 'create delete get list patch watch',
  roles: read,
  // By name alone, which admission holds it to: the pull secret, and values of secret inputs.
  secrets: 'create delete get list patch watch',
  selfsubjectaccessreviews: 'create',
  selfsubjectreviews: 'create',
  selfsubjectrulesreviews: 'create',
  serviceaccounts: read,
  services: read,
  statefulsets: read,
  volumeattachments: 'get list',
};
const inItsOwnNamespace = {
  configmaps: all,
  deployments: 'get list patch watch',
  leases: 'create get list patch update watch',
  runnerpolicies: read,
  secrets: all,
};

describe.skipIf(!engines.available)('an install that was handed off', () => {
  let install: Installed;
  let world: World;
  let proof: EndProof;
  const say = (): void => undefined;
  const names = () => installNames({ installId, accountId: world.cloud.accountId, region: world.cloud.region });
  const report = () => readInstallReport(install.vendor.api, installId);
  const gatewayVersion = async (): Promise<string> => (await fetch(await gatewayUrl(world))).text();
  beforeAll(async () => {
    install = await installed({ values: { longestBackoffMs: 2000, seal: { everyHours: 0.005 } } });
    ({ world } = install);
    proof = await install.customer.proveEnd(install.session, install.base, install.externalId);
    await waitUntil('1.0.0 is applied', 180, async () =>
      (await report())?.observed?.version === '1.0.0' ? true : null,
    );
  }, 500_000);
  afterAll(() => install?.stop());

  it('needed no second apply, and no call on the way was refused', () => {
    expect(install.again).toBe(false);
    expect(refusedCalls(world)).toEqual([]);
  });

  // With its guards off the old session and token are taken: dev/cloud/trust.engines.test.ts and cluster-access.engines.test.ts.
  it('refuses the install role’s session and cluster token of before, and the role is gone', async () => {
    expect(proof.awsCalls.map(({ refusal }) => refusal.status)).toEqual([403, 403]);
    expect(proof.kubernetes).toMatchObject({ status: 401, message: 'Unauthorized' });
    expect(proof.assumeRole).toContain('cannot be assumed');
    await waitUntil('the install role is gone', 60, async () =>
      (await roleExists(world, installRoleName(world))) ? null : true,
    );
  });

  it('is sealed by the runner with its own key: everything was seen, and nobody from outside can enter', async () => {
    const seal = await waitUntil('the account is sealed', 60, async () => {
      const found = await readInstallSeal(install.vendor.api, installId);
      return found?.report.verdict === 'sealed' ? found : null;
    });
    expect(seal.doubt).toBeNull();
    expect(seal.report.observer).toContain(`:assumed-role/${names().roles.runner.name}/`);
    expect(seal.report.installRole).toBe('gone');
    const blind = seal.report.places.flatMap(({ notVisible, unreadable }) => [...notVisible, ...unreadable]);
    expect(blind).toEqual([]);
    expect((await report())?.conditions.find(({ type }) => type === 'Sealed')).toMatchObject({ status: 'True' });
    expect(refusedCalls(world)).toEqual([]);
  });

  it('raises an alarm when the install role is there again, and names who could come in by it', async () => {
    const vendor = world.cloud.people.vendorInstaller.arn;
    const remove = await makeRole(world, installRoleName(world), vendor);
    const seal = await waitUntil('the seal is open', 120, async () => {
      const found = await readInstallSeal(install.vendor.api, installId);
      return found?.report.verdict === 'open' ? found : null;
    });
    expect(seal.report.installRole).toBe('present');
    const outside = seal.report.places.flatMap((place) => place.outside);
    expect(outside.map(({ principal, via }) => [principal, via])).toEqual([[vendor, 'trust policy']]);
    const told = await readTelemetry(install.vendor.api, installId);
    const alarms = told.flatMap((one) => (one.type === 'event' && one.severity === 'warning' ? one.reason : []));
    expect(alarms).toEqual(expect.arrayContaining(['InstallRoleReappeared', 'OutsidePrincipalFound']));
    await remove();
    await waitUntil('the account is sealed again', 120, async () =>
      (await readInstallSeal(install.vendor.api, installId))?.report.verdict === 'sealed' ? true : null,
    );
  });

  it('leaves each process the credentials of the table and no others', async () => {
    const inWorld = (process: HostProcess): boolean =>
      process.command.includes(world.dir) || Object.values(process.environ).some((value) => value.includes(world.dir));
    const [runner] = await processesOfPods(world, namespace);
    const products = await processesOfPods(world, 'streaming');
    const controlPlane = processesWhere(
      (process) => process.environ['LANDFALL_CP_DATA']?.startsWith(world.dir) === true,
    );
    const daemons = processesWhere((process) => process.environ['NODE_DIR'] !== undefined && inWorld(process));
    expect(runner?.command).toContain('/opt/landfall/main.js');
    expect([products.length >= 3, controlPlane.length >= 1, daemons.length >= 8]).toEqual([true, true, true]);
    const { body } = await world.cluster.admin.call('GET', `/api/v1/namespaces/${namespace}/secrets`);
    const secrets = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) }).parse(body);
    const environments = (processes: HostProcess[]): string[] => processes.flatMap((process) => environmentOf(process));
    const found = {
      runner: runner === undefined ? [] : credentialsOf(runner),
      runnerSecrets: secrets.items.map(({ metadata }) => metadata.name),
      product: products.flatMap((process) => credentialsOf(process)),
      node: credentialsUnder(join(world.dir, 'a')),
      nodeEnvironment: environments(daemons),
      imageCredentials: credentialsUnder(join(world.dir, 'credentials')),
      controlPlane: credentialsUnder(join(world.dir, 'control-plane')),
      controlPlaneEnvironment: environments(controlPlane),
      installer: credentialsUnder(join(world.dir, 'install')),
    };
    expect(found).toEqual(table);
  });

  it('lets the runner’s service account do in the cluster what the table says', async () => {
    const [runner] = await processesOfPods(world, namespace);
    const pid = runner?.pid ?? 0;
    expect(await rightsOf(world, pid, namespace)).toEqual({ ...runnerRights, ...inItsOwnNamespace });
    expect(await rightsOf(world, pid, 'kube-system')).toEqual(runnerRights);
  });

  it('breaks the runner alone when its role is gone: it says so, and goes on when the role is back', async () => {
    const restore = await deleteRole(world, names().roles.runner.name);
    await install.vendor.publish('1.1.0', say);
    const waiting = await waitUntil('the runner says what it waits for', 60, async () => {
      const told = (await report())?.waitingFor;
      return /AWS|ECR|Identity|refused|credentials/.test(told?.message ?? '') ? told : null;
    });
    // What the account gives is read before anything is copied: that is the first thing to fail.
    expect(waiting?.reason).toBe('PermissionsUnreadable');
    expect(await gatewayVersion()).toContain('1.0.0');
    expect(await pullOnNode(world, 'while-the-runner-has-no-role', await gatewayImage(world))).toEqual({
      kind: 'pulled',
    });
    await restore();
    await waitUntil('1.1.0 is applied', 180, async () =>
      (await report())?.observed?.version === '1.1.0' ? true : null,
    );
    // A pod of 1.0.0 may still be on its way out.
    await waitUntil('the gateway answers as 1.1.0', 60, async () =>
      (await gatewayVersion()).includes('1.1.0') ? true : null,
    );
  });

  it('breaks pulls alone when the node’s role is gone: the runner goes on', async () => {
    await deleteRole(world, names().roles.node.name);
    const pull = await pullOnNode(world, 'while-the-node-has-no-role', await gatewayImage(world));
    expect(pull).toMatchObject({ kind: 'refused', message: expect.stringMatching(/401|authenticat|authoriz/i) });
    const before = await deploymentUid(world, 'gateway');
    await deleteDeployment(world, 'gateway');
    await waitUntil('the runner has put the Deployment back', 90, async () => {
      const uid = await deploymentUid(world, 'gateway');
      return uid !== null && uid !== before ? true : null;
    });
  });
});

const podUidsSchema = z.object({ items: z.array(z.object({ metadata: z.object({ uid: z.string() }) })) });

/** The processes in the containers of a namespace's pods, found by their cgroups. */
async function processesOfPods(world: World, ofNamespace: string): Promise<HostProcess[]> {
  const { body } = await world.cluster.admin.call('GET', `/api/v1/namespaces/${ofNamespace}/pods`);
  const uids = podUidsSchema.parse(body).items.map(({ metadata }) => metadata.uid);
  return processesWhere(
    ({ pid, command }) => !command.startsWith('/bin/sleep') && uids.some((uid) => cgroupsOf(pid).includes(uid)),
  );
}

const environmentOf = ({ environ }: HostProcess): string[] =>
  Object.entries(environ).flatMap(([name, value]) => credentialsIn(value).map((kind) => `${kind}: $${name}`));

async function gatewayImage(world: World): Promise<string> {
  const pods = await podsIn(world, 'streaming');
  const statuses = pods.filter(({ metadata }) => metadata.name.startsWith('gateway-'));
  return statuses[0]?.status.containerStatuses[0]?.imageID ?? '';
}
