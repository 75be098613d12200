import type { JsonObject } from '../../contract/index.ts';

/** A variable of a module, as Terraform has it. */
export type Variable = {
  type: string;
  description: string;
  /** Without one it must be given. */
  default?: JsonObject[string];
  /** An expression that must hold, and what to say when it does not. */
  valid?: [condition: string, message: string];
};
