import { runnerComponentsCodes } from './runner-components.ts';
import { runnerCoreCodes } from './runner-core.ts';
import { runnerEdgeCodes } from './runner-edge.ts';
import { runnerEntitiesCodes } from './runner-entities.ts';
import { runnerHelmCodes } from './runner-helm.ts';
import { runnerPolicyCodes } from './runner-policy.ts';
import { runnerHealthCodes } from './runner-health.ts';
import { runnerTerraformCodes } from './runner-terraform.ts';
import { runnerSecretsCodes } from './runner-secrets.ts';
import { runnerRightsCodes } from './runner-rights.ts';

/** 001-049: store, lease, effects, reconcile, components. 050-099: channel, mirror, egress, report, ending, configuration. 100-129: manifests, jobs. From 130 on each file says its own. */
export const runnerCodes = {
  ...runnerCoreCodes,
  ...runnerEdgeCodes,
  ...runnerComponentsCodes,
  ...runnerEntitiesCodes,
  ...runnerHelmCodes,
  ...runnerPolicyCodes,
  ...runnerHealthCodes,
  ...runnerTerraformCodes,
  ...runnerSecretsCodes,
  ...runnerRightsCodes,
} as const;
