import * as z from 'zod';
import { parseJson } from '../../contract/index.ts';
import type { TeardownStep, Thing } from './receipt.ts';

const stateSchema = z.object({
  serial: z.number().int().default(0),
  resources: z
    .array(
      z.object({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        provider: z.string().default(''),
        instances: z.array(
          z.object({
            index_key: z.union([z.string(), z.number()]).optional(),
            attributes: z.looseObject({ id: z.string().nullish(), arn: z.string().nullish() }).nullish(),
          }),
        ),
      }),
    )
    .default([]),
});

const limit = { bytes: 64 * 1024 * 1024, depth: 100 };

/** What a Terraform state says there is: addresses and ids, nothing else of it (a state holds secrets). */
export function thingsInState(raw: string, what: string): Thing[] {
  return parseJson(raw, stateSchema, what, limit).resources.flatMap(({ module, mode, type, name, instances }) =>
    mode !== 'managed'
      ? []
      : instances.map(({ index_key: key, attributes }) => {
          const index = key === undefined ? '' : typeof key === 'number' ? `[${key}]` : `[${JSON.stringify(key)}]`;
          const address = `${module === undefined ? '' : `${module}.`}${type}.${name}${index}`;
          return { kind: type, id: attributes?.arn ?? attributes?.id ?? address, address };
        }),
  );
}

/** Fully qualified sources of the providers that a state needs: `registry.opentofu.org/hashicorp/aws`. */
export function providersInState(raw: string, what: string): string[] {
  const sources = parseJson(raw, stateSchema, what, limit).resources.flatMap(
    ({ provider }) => /provider\["([^"]+)"\]/.exec(provider)?.[1] ?? [],
  );
  return [...new Set(sources)].toSorted();
}

const nodeKinds = ['aws_eks_node_group', 'aws_launch_template'];

/** Which step of a teardown takes a thing of the base stack away. */
export function stepOfBaseKind(kind: string): TeardownStep {
  if (kind === 'aws_ecr_repository' || kind.startsWith('aws_ecr_')) return 'registry';
  if (nodeKinds.includes(kind)) return 'nodes';
  return kind.startsWith('aws_eks_') ? 'cluster' : 'network';
}
