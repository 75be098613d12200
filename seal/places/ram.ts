import { classifyGrantee } from '../analyse/index.ts';
import { type RegionWalk, allPages, see } from './walk.ts';

/** With whom this account shares resources (subnets above all) by AWS Resource Access Manager. */
export async function walkRam(walk: RegionWalk): Promise<void> {
  const { findings, facts } = walk;
  const shares = await see(walk, `resource shares in ${walk.region}`, () =>
    allPages(async (token) => {
      const page = await walk.clients.ram.principalAssociations(token, walk.signal);
      return { items: page.resourceShareAssociations, next: page.nextToken ?? undefined };
    }),
  );
  for (const { associatedEntity, resourceShareArn: where, status } of shares ?? []) {
    findings.looked();
    if (status === 'DISASSOCIATED' || status === 'FAILED') continue;
    const organization = /^arn:aws(?:-[a-z]+)*:organizations::\d{12}:(?:organization|ou)\/(o-[a-z0-9]+)/.exec(
      associatedEntity,
    );
    if (organization !== null) findings.outside('organization', associatedEntity, where, 'resource share');
    else findings.who(classifyGrantee(associatedEntity, facts), where, 'resource share');
  }
}
