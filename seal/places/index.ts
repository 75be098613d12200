import type { SealPlaceName } from '../../contract/index.ts';
import { walkEc2 } from './ec2.ts';
import { walkEcr } from './ecr.ts';
import { walkEks } from './eks.ts';
import { walkKms } from './kms.ts';
import { walkLambda } from './lambda.ts';
import { walkRam } from './ram.ts';
import { walkSecretsManager } from './secrets-manager.ts';
import { walkSns } from './sns.ts';
import { walkSqs } from './sqs.ts';
import type { RegionWalk } from './walk.ts';

export { type PlaceFindings, collectFindings } from './findings.ts';
export { ownIssuers } from './eks.ts';
export { type IamSeen, walkIam } from './iam.ts';
export { readOrganization, walkOrganizations } from './organizations.ts';
export { walkS3 } from './s3.ts';
export type { GlobalWalk, RegionWalk } from './walk.ts';

/** The places that each region has of its own. IAM, S3 and Organizations are one for the account. */
export const regionalPlaces: readonly { name: SealPlaceName; walk: (walk: RegionWalk) => Promise<void> }[] = [
  { name: 'kms', walk: walkKms },
  { name: 'ecr', walk: walkEcr },
  { name: 'sqs', walk: walkSqs },
  { name: 'sns', walk: walkSns },
  { name: 'lambda', walk: walkLambda },
  { name: 'secrets-manager', walk: walkSecretsManager },
  { name: 'eks', walk: walkEks },
  { name: 'ec2', walk: walkEc2 },
  { name: 'ram', walk: walkRam },
];
