import { z } from 'zod';

const stateSchema = z.object({
  resources: z.array(
    z.object({
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          attributes: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
  ),
});

/** What differs from account to account by nature: moments, addresses that AWS chose, digests of ids. */
const byNature = new Set([
  'created_at',
  'creation_date',
  'modified_at',
  'public_ip',
  'public_dns',
  'private_ip',
  'private_dns',
  'timeouts',
]);
const randomId = /\b([a-z]+(?:-[a-z]+)*)-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Address -> attributes of a Terraform state, with AWS's own ids made alike. */
export function stateFacts(text: string): Record<string, unknown> {
  const { resources } = stateSchema.parse(JSON.parse(text));
  return Object.fromEntries(
    resources.flatMap(({ mode, type, name, instances }) =>
      instances.map(({ index_key: key, attributes }) => {
        const address = `${mode === 'data' ? 'data.' : ''}${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`;
        const kept = Object.entries(attributes).filter(([attribute]) => !byNature.has(attribute));
        return [address, alike(Object.fromEntries(kept))];
      }),
    ),
  );
}

function alike(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(uuid, 'UUID').replaceAll(randomId, '$1-ID'));
}
