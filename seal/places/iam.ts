import {
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  ListSAMLProvidersCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { type GlobalWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

export type IamSeen = {
  /** Names of all roles; null when they are not visible. */
  roles: ReadonlySet<string> | null;
  people: { users: number; withAccessKey: number; withPassword: number };
};

/** Trust policies of roles; the account's own users are counted as people from inside. */
export async function walkIam(walk: GlobalWalk): Promise<IamSeen> {
  const { findings } = walk;
  const { iam } = walk.clients;
  const on = { abortSignal: walk.signal };
  const roles = await see(walk, 'roles', () =>
    allPages(async (Marker) => {
      const page = await iam.send(new ListRolesCommand({ Marker, MaxItems: 500 }), on);
      return { items: page.Roles, next: page.IsTruncated === true ? page.Marker : undefined };
    }),
  );
  for (const role of roles ?? []) {
    findings.looked();
    findings.policy(role.AssumeRolePolicyDocument, role.Arn ?? '', 'trust policy');
  }
  const providers = await see(walk, 'identity providers', async () => {
    const oidc = await iam.send(new ListOpenIDConnectProvidersCommand({}), on);
    const saml = await iam.send(new ListSAMLProvidersCommand({}), on);
    return [...(oidc.OpenIDConnectProviderList ?? []), ...(saml.SAMLProviderList ?? [])].length;
  });
  if (providers !== undefined && providers > 0)
    findings.note(`${providers} identity providers are known; one lets in only where a role trusts it`);
  return {
    roles: roles === undefined ? null : new Set(roles.map(({ RoleName }) => RoleName ?? '')),
    people: await peopleOf(walk),
  };
}

async function peopleOf(walk: GlobalWalk): Promise<IamSeen['people']> {
  const { iam } = walk.clients;
  const on = { abortSignal: walk.signal };
  const people = { users: 0, withAccessKey: 0, withPassword: 0 };
  const users = await see(walk, 'users', () =>
    allPages(async (Marker) => {
      const page = await iam.send(new ListUsersCommand({ Marker, MaxItems: 500 }), on);
      return { items: page.Users, next: page.IsTruncated === true ? page.Marker : undefined };
    }),
  );
  await eachOf(users ?? [], async ({ UserName }) => {
    walk.findings.looked();
    people.users += 1;
    const keys = await see(walk, 'access keys of users', () => iam.send(new ListAccessKeysCommand({ UserName }), on));
    if (keys?.AccessKeyMetadata?.some(({ Status }) => Status === 'Active') === true) people.withAccessKey += 1;
    const login = await seeIfAny(walk, 'passwords of users', ['NoSuchEntity', 'NoSuchEntityException'], () =>
      iam.send(new GetLoginProfileCommand({ UserName }), on),
    );
    if (login?.LoginProfile !== undefined) people.withPassword += 1;
  });
  return people;
}
