import { GetPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { known, look, unlessAbsent } from '../seen.ts';
import type { Wanted } from '../wanted.ts';
import type { Facts } from './facts.ts';

/** Keys that the customer gave instead of having them made. */
export function keyFacts(aws: ReadOnlyAws, wanted: Wanted): Promise<Facts['keys']> {
  const given = [wanted.stateKeyArn, wanted.clusterKeyArn].filter((arn) => arn !== undefined);
  return Promise.all(
    [...new Set(given)].map(async (arn) => ({
      arn,
      key: await look(['kms:DescribeKey'], async () => {
        const answer = await unlessAbsent(() => aws.kms.send(new DescribeKeyCommand({ KeyId: arn })));
        const key = answer?.KeyMetadata;
        return key === undefined ? undefined : { enabled: key.KeyState === 'Enabled', spec: key.KeySpec ?? '' };
      }),
    })),
  );
}

/** Whether the boundary that the customer wants on every role exists. */
export async function boundaryFact(aws: ReadOnlyAws, wanted: Wanted): Promise<Facts['boundary']> {
  const { permissionsBoundaryArn: PolicyArn } = wanted;
  if (PolicyArn === undefined) return known(true);
  return look(['iam:GetPolicy'], async () => {
    return (await unlessAbsent(() => aws.iam.send(new GetPolicyCommand({ PolicyArn })))) !== undefined;
  });
}
