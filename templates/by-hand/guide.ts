import { type AccountInputsGiven, type BaseInputsGiven, installNames } from '../../stacks/index.ts';
import { accountSteps } from './account-steps.ts';
import { baseSteps } from './base-steps.ts';
import type { Call, Step } from './step.ts';

/** The guide for whoever wants to run every call themselves: Markdown, with one command after the other. */
export function guideByHand(account: AccountInputsGiven, base: BaseInputsGiven): string {
  const names = installNames(account);
  const first = accountSteps(account);
  const second = baseSteps(base);
  const all = [...first, ...second].flatMap(({ calls }) => calls);
  return `# Landfall by hand: install ${account.installId}, account ${account.accountId}, ${account.region}

Made for this install by \`landfall install template\`, from the same statements and inputs as every other way. ${all.length} commands
of the AWS command line, version 2, in this order, in one shell; each is safe to look at before it is run. In the console, each is the page
of the same name with the same values.

As an administrator of the account (or, from "VPC" on, as the install role):

    export AWS_REGION=${account.region} AWS_PAGER=
    aws sts get-caller-identity    # must say ${account.accountId}

${preamble(account, names)}# Part 1: the account

${first.map(section).join('\n')}
# Part 2: network, cluster, registry

${second.map(section).join('\n')}
# Part 3: hand over

1. \`landfall install adopt --file install.yaml\` looks up what is there by name and tag, takes it into the Terraform state
   \`s3://${names.stateBucket}/base/terraform.tfstate\`, and shows that nothing is left to change. What part 2 does not make (budget,
   private endpoints, a link to the control plane) it makes.
2. \`landfall install apply --file install.yaml\` goes on from there: it hands the cluster to the runner and proves the end.
3. Delete the role \`${names.roles.install.name}\` if the runner has not done so yet, and its policies \`${names.prefix}-install-*\`.
`;
}

/** Later commands name the keys: made in step one, or the customer's own. */
function preamble(account: AccountInputsGiven, names: ReturnType<typeof installNames>): string {
  const own = [
    account.stateKmsKeyArn === undefined || account.stateKmsKeyArn === ''
      ? ''
      : `    STATE_KEY=${account.stateKmsKeyArn}\n`,
    account.clusterKmsKeyArn === undefined || account.clusterKmsKeyArn === ''
      ? ''
      : `    CLUSTER_KEY=${account.clusterKmsKeyArn}\n`,
  ].join('');
  const later = `In a new shell, before going on: \`CLUSTER_KEY=$(aws kms describe-key --key-id ${names.keyAliases.cluster} --query KeyMetadata.Arn --output text)\`\n\n`;
  return own === '' ? later : `${own}\n`;
}

function section({ title, why, calls }: Step): string {
  if (calls.length === 0) return `## ${title}\n\n${why} Nothing to do with the choices of this install.\n`;
  return `## ${title}\n\n${why}\n\n\`\`\`sh\n${calls.map(command).join('\n')}\n\`\`\`\n`;
}

/** `aws ec2 create-vpc --cli-input-json ...`, its answer remembered where a later one needs it. */
export function command({ service, operation, input, remember, wait }: Call): string {
  const name = service === 's3' ? 's3api' : service;
  const json = shellText(JSON.stringify(input, null, 2));
  const run = `aws ${name} ${kebab(operation)} --cli-input-json "$(cat <<JSON\n${json}\nJSON\n)"`;
  const said =
    remember === undefined
      ? `${run} --output text`
      : `${remember.name}=$(${run} \\\n  --query ${remember.path} --output text)`;
  if (wait === undefined) return said;
  const options = Object.entries(wait.input).map(([key, value]) => `--${kebab(key)} "${value}"`);
  return `${said}\naws ${name} wait ${wait.waiter} ${options.join(' ')}`;
}

/** Inside an unquoted here-document only remembered names are filled in; a policy's own \`\${aws:...}\` is not the shell's. */
function shellText(json: string): string {
  return json
    .replaceAll('\\', '\\\\')
    .replaceAll('`', '\\`')
    .replaceAll(/\$(?!\{[A-Z][A-Z0-9_]*\})/g, () => '\\$');
}

export function kebab(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
