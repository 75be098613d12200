import { brokerTopics, createDeveloper, entityObjects, gatewayToken, gatewayUrl, waitUntil } from '../story/index.ts';
import type { World } from '../world/index.ts';
import { hold, on, type Stage } from './stage.ts';
import type { Step } from './step-list.ts';

const types = ['dataConnectors', 'streams'];

/** What somebody who uses the product creates in it while it runs, and takes away again. */
export const entityStep: Step<Stage> = {
  title: "Customer's developer: a connector and a stream",
  async run(stage) {
    const world = on(stage, 'world');
    const developer = createDeveloper(world, on(stage, 'vendor'));
    await developer.apply([
      { type: 'dataConnectors', name: 'warehouse', spec: { secret: { namespace: 'customer', name: 'warehouse' } } },
      { type: 'streams', name: 'orders', spec: { pick: 'id', connector: 'warehouse' } },
    ]);
    await waitUntil('both run', 60, async () => {
      const states = [...(await developer.states()).values()];
      return states.length === 2 && states.every((state) => state === 'Running') ? true : null;
    });
    const made = await entityObjects(world, types);
    for (const object of ['Secret connector-warehouse', 'ConfigMap stream-orders', 'Deployment stream-orders']) {
      hold(made.includes(object), `the ${object} is there`);
    }
    const simulated = world.cluster.nodes === 'kwok';
    if (!simulated) await passAnEvent(world);
    await developer.remove('streams/orders');
    await developer.remove('dataConnectors/warehouse');
    await waitUntil('both are gone', 60, async () => ((await developer.states()).size === 0 ? true : null));
    const left = await entityObjects(world, types);
    hold(left.length === 0, `nothing is left of them: ${left.join(', ')}`);
    if (simulated) return 'Secret, ConfigMap, Deployment (nodes simulated), and all gone again';
    hold((await brokerTopics(world)).length === 0, 'the broker has no topic any more');
    return "Secret copied, topic orders in the broker, an event through the stream's pod; removed: nothing is left";
  },
};

/** As a client of the gateway; the broker itself says that the stream has dealt with it. */
async function passAnEvent(world: World): Promise<void> {
  hold(
    (await brokerTopics(world)).some(({ name }) => name === 'orders'),
    'the broker has the topic orders',
  );
  const url = (await gatewayUrl(world)).replace('/version', '/publish/orders');
  const headers = { authorization: `Bearer ${gatewayToken}` };
  const answer = await fetch(url, { method: 'POST', body: '{"id": 1}', headers, signal: AbortSignal.timeout(5000) });
  hold(answer.status === 202, `the gateway takes an event (${answer.status})`);
  await waitUntil('the stream has dealt with the event', 20, async () => {
    const [topic] = await brokerTopics(world);
    return topic?.events === 1 && topic.done === 1 ? true : null;
  });
}
