import { parseValue } from '../../contract/index.ts';
import { type BaseInputsGiven, baseInputsSchema, installNames } from '../../stacks/index.ts';

export type BaseFacts = ReturnType<typeof baseFacts>;

/** What every step is written from: the inputs with their defaults, and the names. */
export function baseFacts(given: BaseInputsGiven) {
  const inputs = parseValue(given, baseInputsSchema, 'the inputs of stack base');
  const names = installNames(inputs);
  const install: Record<string, string> = { ...inputs.tags, 'landfall:install': inputs.installId };
  return {
    inputs,
    names,
    /** The install's tag, and the Name that a thing is found by afterwards. */
    tags: (name?: string, more: Record<string, string> = {}): Record<string, string> => ({
      ...install,
      ...(name === undefined ? {} : { Name: `${names.prefix}-${name}` }),
      ...more,
    }),
    roleArn: (kind: keyof typeof names.roles): string => names.roles[kind].arn,
    clusterKey: inputs.clusterKmsKeyArn === '' ? '${CLUSTER_KEY}' : inputs.clusterKmsKeyArn,
  };
}
