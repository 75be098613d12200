import { open } from 'node:fs/promises';
import * as z from 'zod';

/** Who asked for what, as the API server itself has written it down: the runner is not asked. */
export type Asked = { verb: string; resource: string; by: 'runner' | 'helm' };

const lineSchema = z.object({
  stage: z.string(),
  verb: z.string(),
  userAgent: z.string().default(''),
  objectRef: z.looseObject({ resource: z.string().default('') }).default({ resource: '' }),
});

/** Everything of one user: a service account's name in full. */
export function auditPolicy(user: string): string {
  const rules = [{ level: 'Metadata', users: [user] }, { level: 'None' }];
  return JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules });
}

export type Audit = {
  /** Requests since the last time it was asked, or since `forget`. A watch counts once, when it begins. */
  requests(): Promise<Asked[]>;
  forget(): Promise<void>;
};

export function readAudit(path: string): Audit {
  let at = 0;
  const rest = async (): Promise<string> => {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(size - at);
      await file.read(bytes, 0, bytes.byteLength, at);
      const whole = bytes.lastIndexOf('\n') + 1;
      at += whole;
      return bytes.toString('utf8', 0, whole);
    } finally {
      await file.close();
    }
  };
  return { requests: async () => requestsIn(await rest()), forget: async () => void (await rest()) };
}

export function requestsIn(lines: string): Asked[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { stage, verb, userAgent, objectRef } = lineSchema.parse(JSON.parse(line));
      const counts = verb === 'watch' ? stage === 'ResponseStarted' : stage === 'ResponseComplete';
      const by = userAgent === 'landfall-runner' ? ('runner' as const) : ('helm' as const);
      return counts ? [{ verb, resource: objectRef.resource, by }] : [];
    });
}

/** How often what was asked by whom. */
export function countOf(asked: readonly Asked[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { by, verb, resource } of asked) {
    const what = `${by} ${verb} ${resource}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
