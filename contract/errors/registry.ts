import { cliCodes } from './codes/cli.ts';
import { contractCodes } from './codes/contract.ts';
import { controlPlaneCodes } from './codes/control-plane.ts';
import { demoCodes } from './codes/demo.ts';
import { devCodes } from './codes/dev.ts';
import { enginesCodes } from './codes/engines.ts';
import { installCodes } from './codes/install.ts';
import { ociCodes } from './codes/oci.ts';
import { preflightCodes } from './codes/preflight.ts';
import { releaseCodes } from './codes/release.ts';
import { runnerCodes } from './codes/runner.ts';
import { sealCodes } from './codes/seal.ts';
import { stacksCodes } from './codes/stacks.ts';
import { teardownCodes } from './codes/teardown.ts';
import { templatesCodes } from './codes/templates.ts';

/** Every error a person can meet: code -> what it means, and what to do next. docs/reference/errors.md is made from this. */
export const errorCodes = {
  ...contractCodes,
  ...ociCodes,
  ...enginesCodes,
  ...stacksCodes,
  ...templatesCodes,
  ...releaseCodes,
  ...installCodes,
  ...teardownCodes,
  ...preflightCodes,
  ...runnerCodes,
  ...sealCodes,
  ...controlPlaneCodes,
  ...cliCodes,
  ...demoCodes,
  ...devCodes,
} as const;

export type ErrorCode = keyof typeof errorCodes;

export function hintOf(code: ErrorCode): string {
  return errorCodes[code].next;
}
