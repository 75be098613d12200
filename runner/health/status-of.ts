import * as z from 'zod';

const conditionsSchema = z
  .array(
    z.looseObject({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
      observedGeneration: z.number().optional(),
    }),
  )
  .default([]);

/** What every controller may say of any kind of object. */
export const anyStatusSchema = z.looseObject({
  status: z
    .looseObject({ observedGeneration: z.number().optional().catch(undefined), conditions: conditionsSchema.catch([]) })
    .prefault({})
    .catch({ conditions: [] }),
});

export type Condition = z.infer<typeof conditionsSchema>[number];

const count = z.number().default(0);
const containersSchema = z
  .array(
    z.looseObject({
      name: z.string().default(''),
      state: z.looseObject({ waiting: z.looseObject({ reason: z.string().optional() }).optional() }).optional(),
    }),
  )
  .default([]);

/** The parts of Kubernetes' own workloads that tell how they are. */
export const workloadSchema = z.looseObject({
  spec: z
    .looseObject({
      replicas: z.number().optional(),
      suspend: z.boolean().optional(),
      updateStrategy: z
        .looseObject({
          type: z.string().optional(),
          rollingUpdate: z.looseObject({ partition: z.number().optional() }).optional(),
        })
        .optional(),
    })
    .default({}),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      fullyLabeledReplicas: count,
      desiredNumberScheduled: z.number().optional(),
      currentNumberScheduled: z.number().optional(),
      updatedNumberScheduled: count,
      numberAvailable: count,
      phase: z.string().optional(),
      conditions: conditionsSchema,
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      initContainerStatuses: containersSchema,
      containerStatuses: containersSchema,
    })
    .prefault({}),
});

export type Workload = z.infer<typeof workloadSchema>;

export function conditionOf(status: { conditions: readonly Condition[] }, type: string): Condition | undefined {
  return status.conditions.find((condition) => condition.type === type);
}

export function isCondition(status: { conditions: readonly Condition[] }, type: string, value: string): boolean {
  return conditionOf(status, type)?.status === value;
}
