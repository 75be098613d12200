import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const attachedSchema = z.object({ params: z.object({ sessionId: z.string() }) });
const receivedSchema = z.object({ params: z.object({ sessionId: z.string(), message: z.string() }) });
const nodeSchema = z.object({
  id: z.number(),
  callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
  hitCount: z.number().default(0),
  children: z.array(z.number()).default([]),
});
const profileSchema = z.object({ result: z.object({ profile: z.object({ nodes: z.array(nodeSchema) }) }) });

type Node = z.infer<typeof nodeSchema>;

const [mostStacks, mostFrames] = [3, 25];

/**
 * What each worker thread of this process is busy with, as V8's profiler sees it for a while: the call stacks it was found in most often, the
 * innermost function first. Nothing is stopped for it. One that waits, or is stuck outside of JavaScript, is not listed.
 */
export async function workerStacks(forMs = 2_000): Promise<string[]> {
  const session = new Session();
  session.connect();
  const workers: string[] = [];
  const stacks: string[] = [];
  const tell = (sessionId: string, method: string): Promise<unknown> =>
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id: 1, method }) });
  session.on('NodeWorker.attachedToWorker', (event: unknown) => {
    workers.push(attachedSchema.parse(event).params.sessionId);
  });
  session.on('NodeWorker.receivedMessageFromWorker', (event: unknown) => {
    const { sessionId, message } = receivedSchema.parse(event).params;
    const profiled = profileSchema.safeParse(JSON.parse(message));
    if (!profiled.success) return;
    for (const frames of busiest(profiled.data.result.profile.nodes))
      stacks.push([`worker ${sessionId} is in`, ...frames.map(lineOf)].join('\n'));
  });
  try {
    await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    for (const method of ['Profiler.enable', 'Profiler.start', 'Profiler.stop']) {
      for (const worker of workers) await tell(worker, method);
      if (method !== 'Profiler.enable') await sleep(forMs);
    }
  } finally {
    session.disconnect();
  }
  return stacks;
}

/** The stacks that most samples fell into; those of the engine itself, such as `(idle)`, do not count. */
function busiest(nodes: readonly Node[]): Node[][] {
  const parents = new Map(nodes.flatMap((node) => node.children.map((child) => [child, node] as const)));
  const found = nodes
    .filter(({ hitCount, callFrame }) => hitCount > 0 && !callFrame.functionName.startsWith('('))
    .toSorted((a, b) => b.hitCount - a.hitCount);
  return found.slice(0, mostStacks).map((leaf) => {
    const frames: Node[] = [];
    for (let node: Node | undefined = leaf; node !== undefined; node = parents.get(node.id)) frames.push(node);
    return frames.slice(0, Math.min(mostFrames, frames.length - 1));
  });
}

function lineOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  return `  at ${functionName === '' ? '(anonymous)' : functionName} (${url}:${lineNumber + 1})`;
}
