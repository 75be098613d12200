import type { JsonObject, Permission } from '../contract/index.ts';
import type { KubernetesInputsGiven } from './inputs.ts';

/** For `cdktf deploy`, which knows no tfvars file: the variables' values as defaults, the backend complete. */
export type FilledIn = {
  variables: JsonObject;
  backend: { bucket: string; key: string; region: string } | 'local';
};

export type StackRequest =
  | {
      stack: 'account';
      /** What the release says its Terraform components need. */
      productPermissions?: readonly Permission[];
      filledIn?: FilledIn;
    }
  | { stack: 'base'; filledIn?: FilledIn }
  | { stack: 'kubernetes'; inputs: KubernetesInputsGiven };
