import { type Fault, type Strikes, strikesOf } from '../faults.ts';
import { fillQuota, startWebhook } from './admission.ts';
import type { GateCall, GateVerdict } from './gate.ts';
import type { RealWorld } from './world.ts';

/** How what a row says goes wrong with real parts: the gate before the API server, webhooks, quotas, processes that are taken away. */
export function createFaults(world: RealWorld, namespaces: { runner: string; product: string }) {
  const undo: (() => Promise<unknown>)[] = [];
  let comesBack = false;
  let struck: () => number = () => 0;
  let onPass: (ended: string) => void = () => undefined;

  const atGate = (concerns: (call: GateCall) => boolean, due: () => boolean, verdict: GateVerdict): void => {
    world.gate.before = (call) => (concerns(call) && due() ? verdict : 'pass');
  };
  const resourceOf = ({ of = 'ConfigMap' }: Fault): string => `${of.toLowerCase()}s`;
  const writesTo =
    (namespace: string, resource: string) =>
    (call: GateCall): boolean =>
      call.method !== 'GET' && call.path.includes(`/namespaces/${namespace}/${resource}`);

  /** A fault that is no single call: it is over when so many passes have ended with it. */
  const untilItWasWaitedFor = (
    reason: string,
    { due, struck: soFar }: Strikes,
    { times }: Fault,
    over: () => Promise<unknown>,
  ): void => {
    onPass = (ended) => {
      if (ended === reason && due() && soFar() === times) void over();
    };
  };

  return {
    comesBack: () => comesBack,
    /** A pass of the runner has ended so. */
    passed: (ended: string) => onPass(ended),
    strike: async (fault: Fault): Promise<void> => {
      const strikes = strikesOf(fault);
      const { due } = strikes;
      ({ struck } = strikes);
      comesBack = fault.times !== undefined;
      const { product } = namespaces;
      switch (fault.what) {
        case 'the API server does not answer':
          return atGate(() => true, due, 'cut');
        case 'the API server restarts': {
          let restarted: Promise<void> | null = null;
          const restart = async (): Promise<void> => {
            await world.cluster.apiServer.stop();
            await world.cluster.apiServer.start();
          };
          world.gate.before = () => {
            if (due()) restarted ??= restart();
            return 'pass';
          };
          undo.push(async () => restarted ?? Promise.reject(new Error('the API server was never restarted')));
          return;
        }
        case 'the API server throttles':
          return atGate(() => true, due, { status: 429, reason: 'TooManyRequests', message: 'too many requests' });
        case 'writes conflict': {
          const verdict = { status: 409, reason: 'Conflict', message: 'the object has been modified' };
          return atGate(writesTo(product, resourceOf(fault)), due, verdict);
        }
        case 'the store cannot be written':
          return atGate(writesTo(namespaces.runner, 'configmaps'), due, 'cut');
        case 'a webhook fails':
        case 'a webhook refuses': {
          const { holding = '' } = fault;
          const refusal = fault.what === 'a webhook fails' ? null : 'the customer does not want this';
          const webhook = await startWebhook(world.ground, world.cluster, {
            ...{ namespace: product, resource: resourceOf(fault) },
            judge: (object) => (JSON.stringify(object).includes(holding) && due() ? refusal : 'fine'),
          });
          undo.push(webhook.close);
          return;
        }
        case 'a quota is exceeded': {
          const { remove } = await fillQuota(world.cluster, product, resourceOf(fault));
          undo.push(remove);
          return untilItWasWaitedFor('QuotaExceeded', strikes, fault, remove);
        }
        default: {
          await world.vendor.stop();
          undo.push(() => world.vendor.start());
          untilItWasWaitedFor('RegistryUnavailable', strikes, fault, () => world.vendor.start());
        }
      }
    },
    heal: async (): Promise<number> => {
      world.gate.before = () => 'pass';
      onPass = () => undefined;
      for (const step of undo.splice(0)) await step();
      return struck();
    },
  };
}
