import type { JsonObject } from '../../../contract/index.ts';
import { createCustomer, type Customer, startVendor, type Vendor } from '../../../dev/story/index.ts';
import { startWorld, type World } from '../../../dev/world/index.ts';
import type { BaseOutputs, InstallSession } from '../../../install/index.ts';

/** Every engine the story needs; for `requireEngines`. */
export const storyEngines = [
  'tofu',
  'helm',
  'aws-provider',
  'moto',
  'registry',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'nodes',
] as const;

/** An install from which the one-time role has been handed off to the runner. */
export type Installed = {
  world: World;
  vendor: Vendor;
  customer: Customer;
  externalId: string;
  session: InstallSession;
  base: BaseOutputs;
  /** Whether the second plan of the base stack still had something to change. */
  again: boolean;
  stop(): Promise<void>;
};

/** The story until the hand-off, on real nodes. `prepare` is done before the hand-off and may give more values for the runner's chart. */
export async function installed(
  options: { values?: JsonObject; policy?: JsonObject; prepare?: (world: World) => Promise<JsonObject> } = {},
): Promise<Installed> {
  const say = (): void => undefined;
  const world = await startWorld({ say });
  let vendor: Vendor | undefined;
  const stop = async (): Promise<void> => {
    await vendor?.stop();
    await world.stop();
  };
  try {
    vendor = await startVendor(world);
    await vendor.publish('1.0.0', say);
    const { policy } = options;
    const customer = await createCustomer(world, vendor, { say, ...(policy === undefined ? {} : { policy }) });
    const { externalId } = await customer.register();
    await customer.prepareSecrets();
    await customer.applyAccount(externalId);
    const session = await customer.assume(externalId);
    const { base, again } = await customer.applyBase(session);
    const prepared = (await options.prepare?.(world)) ?? {};
    await customer.handOff(session, base, { ...options.values, ...prepared });
    return { world, vendor, customer, externalId, session, base, again, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
