import * as z from 'zod';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { EventSink } from '../ports.ts';

const tailLines = 200;
const limitBytes = 64 * 1024;
const podSchema = z.looseObject({
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })) }),
});

/** The end of what a pod's containers wrote, line by line into the runner's log, which takes out what looks like a secret. */
export async function keepPodLogs(
  { kubernetes, events }: { kubernetes: Kubernetes; events: EventSink },
  pod: KubeObject,
  about: Record<string, string>,
  signal: AbortSignal,
  redact: (line: string) => string = (line) => line,
): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  for (const container of podSchema.parse(pod).spec.containers) {
    const options = { container: container.name, tailLines, limitBytes, signal };
    const text = await kubernetes.logs({ namespace, name }, options);
    for (const line of (text ?? '').split('\n').filter((each) => each.trim() !== '')) {
      events.log('info', redact(line), { ...about, pod: name, container: container.name });
    }
  }
}
