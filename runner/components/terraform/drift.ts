import * as z from 'zod';
import { canonicalJson, type Json, type JsonObject, jsonSchema } from '../../../contract/index.ts';
import type { DesiredTerraform } from '../desired.ts';
import { allowedOf, type TerraformParts } from './act.ts';
import { openSession, type SessionParts } from './session.ts';
import type { SecretVariables } from './secret-variables.ts';
import { stateKeyOf } from './state-key.ts';

const changedSchema = z.object({
  resource_drift: z
    .array(
      z.object({
        address: z.string(),
        mode: z.string().default('managed'),
        change: z.object({ actions: z.array(z.string()), before: jsonSchema.optional(), after: jsonSchema.optional() }),
      }),
    )
    .default([]),
});

/** From a refresh-only plan: `aws_s3_bucket.events (tags)`, `aws_sqs_queue.jobs (gone)`. Pure. */
export function driftIn(document: unknown): string[] {
  return changedSchema
    .parse(document)
    .resource_drift.filter(({ mode, change }) => mode === 'managed' && change.actions.some((each) => each !== 'no-op'))
    .map(({ address, change }) => {
      const { actions, before = null, after = null } = change;
      const what = actions.includes('delete') ? 'gone' : changedKeys(before, after).slice(0, 5).join(', ');
      return `${address}${what === '' ? '' : ` (${what})`}`.slice(0, 300);
    })
    .slice(0, 50);
}

function changedKeys(before: Json, after: Json): string[] {
  if (!isObject(before) || !isObject(after)) return [];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null)).sort();
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A refresh-only plan: it changes nothing, neither in the cloud nor in the state. `superseded` ends it early. */
export async function lookForDrift(
  parts: SessionParts & Pick<TerraformParts, 'policy'>,
  desired: DesiredTerraform,
  secrets: SecretVariables,
  signal: AbortSignal,
): Promise<string[]> {
  const { component, variables } = desired;
  const session = await openSession(parts, {
    component,
    stateKey: stateKeyOf(component.name),
    variables,
    allowed: allowedOf(component, parts.policy.current()),
    secrets,
    signal,
  });
  try {
    const { changed } = await session.plan({ refreshOnly: true, targets: component.targets ?? [] }, 'look for drift');
    return changed ? driftIn((await session.show()).document) : [];
  } finally {
    await session.close();
  }
}
