import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { region } from './account.ts';
import { parsePolicy, type PolicyDocument } from './policy/document.ts';

export type Role = {
  name: string;
  id: string;
  arn: string;
  trust: PolicyDocument;
  maxSessionSeconds: number;
  tags: Record<string, string>;
  boundary?: PolicyDocument;
  /** Inline and attached policies. */
  policies: PolicyDocument[];
};

/** Reads roles and their policies from moto, which keeps them. Cached until `changed()`: only the proxy writes to moto. */
export class IamAccount {
  readonly #client: IAMClient;
  #roles = new Map<string, Promise<Role | undefined>>();

  constructor(motoEndpoint: string) {
    const credentials = { accessKeyId: 'AKIAINTERNAL', secretAccessKey: 'internal' };
    this.#client = new IAMClient({ endpoint: motoEndpoint, region, credentials });
  }

  changed(): void {
    this.#roles = new Map();
  }

  role(name: string): Promise<Role | undefined> {
    const known = this.#roles.get(name);
    if (known !== undefined) return known;
    const roles = this.#roles;
    const reading = this.#readRole(name).catch((error: unknown) => {
      roles.delete(name);
      throw error;
    });
    roles.set(name, reading);
    return reading;
  }

  async #readRole(name: string): Promise<Role | undefined> {
    const role = await this.#client.send(new GetRoleCommand({ RoleName: name })).then(
      (answer) => answer.Role,
      (error: unknown) => {
        if (error instanceof Error && error.name.startsWith('NoSuchEntity')) return undefined;
        throw error;
      },
    );
    if (role === undefined) return undefined;
    const boundaryArn = role.PermissionsBoundary?.PermissionsBoundaryArn;
    return {
      name,
      id: role.RoleId ?? '',
      arn: role.Arn ?? '',
      trust: parsePolicy('trust', decodeURIComponent(role.AssumeRolePolicyDocument ?? '{}')),
      maxSessionSeconds: role.MaxSessionDuration ?? 3600,
      tags: Object.fromEntries((role.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      policies: [...(await this.#inline(name)), ...(await this.#attached(name))],
      ...(boundaryArn === undefined ? {} : { boundary: await this.#managed(boundaryArn) }),
    };
  }

  async #inline(role: string): Promise<PolicyDocument[]> {
    const { PolicyNames } = await this.#client.send(new ListRolePoliciesCommand({ RoleName: role, MaxItems: 100 }));
    return Promise.all(
      (PolicyNames ?? []).map(async (PolicyName) => {
        const answer = await this.#client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }));
        return parsePolicy(PolicyName, decodeURIComponent(answer.PolicyDocument ?? '{}'));
      }),
    );
  }

  async #attached(role: string): Promise<PolicyDocument[]> {
    const answer = await this.#client.send(new ListAttachedRolePoliciesCommand({ RoleName: role, MaxItems: 100 }));
    return Promise.all((answer.AttachedPolicies ?? []).map((policy) => this.#managed(policy.PolicyArn ?? '')));
  }

  async #managed(arn: string): Promise<PolicyDocument> {
    const { Policy } = await this.#client.send(new GetPolicyCommand({ PolicyArn: arn }));
    const answer = await this.#client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId }),
    );
    return parsePolicy(arn, decodeURIComponent(answer.PolicyVersion?.Document ?? '{}'));
  }
}
