import { GetKeyPolicyCommand, ListGrantsCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { classifyGrantee } from '../analyse/index.ts';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

/** Key policies and grants, of AWS-managed keys too. */
export async function walkKms(walk: RegionWalk): Promise<void> {
  const { findings, facts } = walk;
  const { kms } = walk.clients;
  const on = { abortSignal: walk.signal };
  const keys = await see(walk, `keys in ${walk.region}`, () =>
    allPages(async (Marker) => {
      const page = await kms.send(new ListKeysCommand({ Marker, Limit: 1000 }), on);
      return { items: page.Keys, next: page.Truncated === true ? page.NextMarker : undefined };
    }),
  );
  await eachOf(keys ?? [], async ({ KeyId, KeyArn: where = '' }) => {
    findings.looked();
    const policy = await seeIfAny(walk, `policy of ${where}`, ['NotFoundException'], () =>
      kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }), on),
    );
    if (policy?.Policy !== undefined) findings.policy(policy.Policy, where, 'key policy');
    const grants = await seeIfAny(walk, `grants of ${where}`, ['NotFoundException', 'KMSInvalidStateException'], () =>
      allPages(async (Marker) => {
        const page = await kms.send(new ListGrantsCommand({ KeyId, Marker, Limit: 100 }), on);
        return { items: page.Grants, next: page.Truncated === true ? page.NextMarker : undefined };
      }),
    );
    for (const grant of grants ?? [])
      findings.who(classifyGrantee(grant.GranteePrincipal ?? '', facts), where, 'grant');
  });
}
