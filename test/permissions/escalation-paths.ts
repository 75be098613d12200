import { borderPaths } from './escalation/borders.ts';
import { dataPaths } from './escalation/data.ts';
import type { EscalationPath } from './escalation/escalation-path.ts';
import { identityPaths } from './escalation/identities.ts';
import { machinePaths } from './escalation/machines.ts';

export const escalationPaths: readonly EscalationPath[] = [
  ...identityPaths,
  ...machinePaths,
  ...dataPaths,
  ...borderPaths,
];
