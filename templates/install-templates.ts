import { type JsonObject, LandfallError, parseValue } from '../contract/index.ts';
import { type AccountInputsGiven, accountInputsSchema, installNames } from '../stacks/index.ts';
import type { AccountDefaults } from './cloudformation/account/parameters.ts';
import { accountTemplate } from './cloudformation/account/template.ts';
import type { BootstrapDefaults } from './cloudformation/bootstrap/parameters.ts';
import { bootstrapTemplate } from './cloudformation/bootstrap/template.ts';
import type { Template } from './cloudformation/template.ts';

/** CloudFormation takes 1 MB from S3; half of it is a page that somebody can still review. */
const largestTemplate = 500_000;

/** What the account template is filled in with. */
export function accountDefaultsOf(given: AccountInputsGiven): AccountDefaults {
  const inputs = parseValue(given, accountInputsSchema, 'the inputs of stack account');
  const names = installNames(inputs);
  return { ...inputs, namePrefix: names.prefix, clusterName: names.cluster, principal: inputs.installPrincipal };
}

/** The templates of one install, filled in: the account's always, the bootstrap's where the job inside the account installs. */
export function installTemplates(
  account: AccountInputsGiven,
  bootstrap: (Pick<BootstrapDefaults, 'image' | 'proxy'> & { config: JsonObject }) | undefined,
): Record<string, Template> {
  const inputs = parseValue(account, accountInputsSchema, 'the inputs of stack account');
  const { installPrincipal: principal } = inputs;
  const names = installNames(inputs);
  if (bootstrap !== undefined && principal.kind === 'codebuild' && principal.project !== `${names.prefix}-bootstrap`) {
    throw new LandfallError(
      'LF-TEMPLATES-004',
      `the job's project is named ${names.prefix}-bootstrap by the template; access.project says ${principal.project}`,
    );
  }
  const templates: Record<string, Template> = {
    'landfall-account': accountTemplate(accountDefaultsOf(account), inputs.productPermissions),
  };
  if (bootstrap !== undefined) {
    const { config, ...defaults } = bootstrap;
    templates['landfall-bootstrap'] = bootstrapTemplate(config, { ...defaults, namePrefix: names.prefix });
  }
  for (const [name, template] of Object.entries(templates)) {
    const { length } = JSON.stringify(template);
    if (length <= largestTemplate) continue;
    throw new LandfallError('LF-TEMPLATES-003', `${name} has ${length} characters, more than ${largestTemplate}`);
  }
  return templates;
}
