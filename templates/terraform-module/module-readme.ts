import * as z from 'zod';
import type { Json } from '../../contract/index.ts';

const variableSchema = z.object({
  type: z.string(),
  description: z.string().default(''),
  default: z.json().optional(),
});
const moduleSchema = z.object({
  variable: z.record(z.string(), variableSchema),
  output: z.record(z.string(), z.unknown()).default({}),
});

export type ModuleStackName = 'account' | 'base';

const what: Readonly<Record<ModuleStackName, string>> = {
  account:
    'State bucket, keys, roles and the boundary over them. Applied by an administrator of the account; it stays as long as the install does.',
  base: 'Network, cluster and registry. Applied by the install role, later by the runner.',
};

const how: Readonly<Record<ModuleStackName, string>> = {
  account: `The bucket for the state is among what this module makes, so the first state lies beside it and moves afterwards:

    terraform init && terraform apply        # the state lies beside the module
    cp after-the-first-apply/landfall_backend_override.tf.json .
    terraform init -migrate-state            # now it is in the bucket
    rm terraform.tfstate terraform.tfstate.backup

When the install has ended, set \`install_access = "closed"\` in terraform.tfvars.json and apply again.`,
  base: `    aws sts assume-role ...                  # the install role, see docs/install-aws.md
    terraform init && terraform apply

The state is in the account's bucket. The runner takes it over from there: after the hand-off, leave this module to it.`,
};

/** The page beside a module: what it makes, how it is applied, every variable. From the module itself, so it cannot be stale. */
export function moduleReadme(stack: ModuleStackName, configuration: Json): string {
  const { variable, output } = moduleSchema.parse(configuration);
  const rows = Object.entries(variable)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, { type, description, default: fallback }]) => {
      const value = fallback === undefined ? '**needed**' : `\`${JSON.stringify(fallback)}\``;
      return `| \`${name}\` | ${cell(type)} | ${cell(value)} | ${cell(description)} |`;
    });
  return `# Landfall: the ${stack} module

${what[stack]}

Plain Terraform JSON for OpenTofu or Terraform 1.10 and later: \`cdk.tf.json\` is the module, \`terraform.tfvars.json\` what this install decides,
the file ending in \`_override.tf.json\` where the state is. One provider: \`registry.opentofu.org/hashicorp/aws\`, pinned.

${how[stack]}

## Variables

| name | type | default | |
|---|---|---|---|
${rows.join('\n')}

## Outputs

${Object.keys(output)
  .toSorted()
  .map((name) => `\`${name}\``)
  .join(' · ')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
