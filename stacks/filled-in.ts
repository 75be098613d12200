import { parseValue } from '../contract/index.ts';
import { baseInputsSchema } from './base-inputs.ts';
import { accountInputsSchema } from './inputs.ts';
import { installNames, stateKeys } from './names.ts';
import type { FilledIn, StackRequest } from './request.ts';
import { accountVariables, baseVariables } from './variables.ts';

/** The whole stack for one install, from the file of `cdktf deploy`. */
export function filledIn(stack: 'account' | 'base', given: unknown, backend: 's3' | 'local'): StackRequest {
  const what = `the inputs of stack ${stack}`;
  const backendOf = (place: Parameters<typeof installNames>[0]): FilledIn['backend'] =>
    backend === 'local'
      ? 'local'
      : { bucket: installNames(place).stateBucket, key: stateKeys[stack], region: place.region };
  if (stack === 'base') {
    const inputs = parseValue(given, baseInputsSchema, what);
    return { stack, filledIn: { variables: baseVariables(inputs), backend: backendOf(inputs) } };
  }
  const inputs = parseValue(given, accountInputsSchema, what);
  const { productPermissions } = inputs;
  return { stack, productPermissions, filledIn: { variables: accountVariables(inputs), backend: backendOf(inputs) } };
}
