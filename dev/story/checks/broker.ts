import * as z from 'zod';
import { LandfallError } from '../../../contract/index.ts';
import type { World } from '../../world/index.ts';

/** One topic of the example's broker. `done`: events that its stream has acknowledged. */
export type Topic = { name: string; events: number; done: number };

const serviceSchema = z.object({ spec: z.object({ clusterIP: z.string() }) });
const monitorSchema = z.object({
  account_details: z
    .array(
      z.object({
        stream_detail: z
          .array(
            z.object({
              name: z.string(),
              state: z.object({ messages: z.number() }),
              consumer_detail: z
                .array(z.object({ name: z.string(), ack_floor: z.object({ stream_seq: z.number() }) }))
                .nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** What the broker itself says that it keeps. */
export async function brokerTopics(world: World): Promise<Topic[]> {
  const { status, body } = await world.cluster.admin.call('GET', '/api/v1/namespaces/streaming/services/broker');
  if (status !== 200) throw new LandfallError('LF-DEMO-002', `the broker's service is not there (${status})`);
  const { clusterIP } = serviceSchema.parse(body).spec;
  const answer = await fetch(`http://${clusterIP}:8222/jsz?streams=true&consumers=true`, {
    signal: AbortSignal.timeout(2000),
  });
  const { account_details: accounts } = monitorSchema.parse(await answer.json());
  return (accounts ?? [])
    .flatMap((account) => account.stream_detail ?? [])
    .map(({ name, state, consumer_detail: readers }) => ({
      ...{ name, events: state.messages },
      done: readers?.find((reader) => reader.name === 'process')?.ack_floor.stream_seq ?? 0,
    }));
}
