import * as z from 'zod';

/** In this order troubles are helped: a pod that cannot start first, since others may wait for it. */
export const troubleKinds = ['stuck-attachment', 'crash-loop', 'failed-job'] as const;
export type TroubleKind = (typeof troubleKinds)[number];

/** This very object: another one of its name is left alone. */
export type ExactObject = { apiVersion: string; kind: string; name: string; uid: string };

/** Something about a component that the runner may help by itself. */
export type Trouble = {
  kind: TroubleKind;
  component: string;
  /** Whose trouble it is, `Deployment shop/web`: its pods come and go. */
  workload: string;
  /** What is deleted: that very pod or Job. */
  object: ExactObject & { namespace: string };
  /** Of a pod that cannot start: the attachment to a node that is gone, which goes first, where the component's account may delete it. */
  attachment?: ExactObject;
  message: string;
};

/** How often something was helped, in the store: a runner that starts again goes on counting. */
const attemptSchema = z.object({
  key: z.string().max(400),
  count: z.number().int(),
  lastAt: z.iso.datetime(),
  /** Since when the trouble has not been seen; null: it is there. */
  quietSince: z.iso.datetime().nullable(),
  /** A person has been told that there is no more to try. */
  told: z.boolean(),
});
export const remedyMemorySchema = z.object({
  attempts: z.array(attemptSchema).max(500),
  /** Jobs that are deleted to be created again. */
  reruns: z.array(z.object({ component: z.string(), namespace: z.string(), name: z.string() })).max(100),
});

export type Attempt = z.infer<typeof attemptSchema>;
export type RemedyMemory = z.infer<typeof remedyMemorySchema>;

export function keyOf({ kind, component, workload }: Trouble): string {
  return `${kind} ${component} ${workload}`.slice(0, 400);
}
