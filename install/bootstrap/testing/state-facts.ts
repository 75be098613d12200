import * as z from 'zod';

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

/** What the configuration decides. The rest is AWS's: ids, moments, and what a state knows only since it was last refreshed. */
const decided = new Set([
  'access_scope',
  'addon_name',
  'ami_type',
  'availability_zone',
  'block_device_mappings',
  'cidr_block',
  'cluster_name',
  'destination_cidr_block',
  'enabled_cluster_log_types',
  'encryption_configuration',
  'image_scanning_configuration',
  'image_tag_mutability',
  'instance_types',
  'metadata_options',
  'name',
  'namespace',
  'node_role_arn',
  'policy_arn',
  'principal_arn',
  'retention_in_days',
  'role_arn',
  'scaling_config',
  'service_account',
  'service_name',
  'tags_all',
  'tag_specifications',
  'traffic_type',
  'version',
  'vpc_endpoint_type',
]);

/** Address -> what was decided about it, from a Terraform state. */
export function stateFacts(text: string): Record<string, unknown> {
  // Keys' ids: AWS's own.
  const { resources } = stateSchema.parse(JSON.parse(text.replaceAll(/:key\/[0-9a-f-]{36}/g, ':key/ID')));
  return Object.fromEntries(
    resources.flatMap(({ mode, type, name, instances }) =>
      instances.map(({ index_key: key, attributes }) => {
        const address = `${mode === 'data' ? 'data.' : ''}${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`;
        const kept = Object.entries(attributes).filter(([attribute]) => decided.has(attribute));
        return [address, Object.fromEntries(kept)];
      }),
    ),
  );
}
