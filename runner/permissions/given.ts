import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import * as z from 'zod';
import { describeError, LandfallError, parseJson } from '../../contract/index.ts';
import type { GivenStatement } from './gap.ts';

/** What the account stack gives, as it is now. */
export type GivenPermissions = {
  /** The runner, for the product's components. */
  product(signal: AbortSignal): Promise<GivenStatement[]>;
  /** The upgrade role, for the base layer. */
  upgrade(signal: AbortSignal): Promise<GivenStatement[]>;
};

/** Reads the policies of two roles by name, and none else: the account stack calls them `<prefix>-product` and `<prefix>-upgrade-<part>`. */
export function iamGivenPermissions(options: { iam: IAMClient; prefix: string }): GivenPermissions {
  const { iam, prefix } = options;
  const read = (kind: 'runner' | 'upgrade', policies: RegExp) => (signal: AbortSignal) =>
    readPolicies(iam, `${prefix}-${kind}`, policies, signal);
  const name = prefix.replaceAll(/[^a-z0-9-]/gi, '');
  return {
    product: read('runner', new RegExp(`^${name}-product(-|$)`)),
    upgrade: read('upgrade', new RegExp(`^${name}-upgrade(-|$)`)),
  };
}

async function readPolicies(
  iam: IAMClient,
  role: string,
  names: RegExp,
  signal: AbortSignal,
): Promise<GivenStatement[]> {
  const on = { abortSignal: signal };
  try {
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role }), on);
    const arns = AttachedPolicies.filter(({ PolicyName = '' }) => names.test(PolicyName)).flatMap(
      ({ PolicyArn }) => PolicyArn ?? [],
    );
    const documents = await Promise.all(
      arns.map(async (PolicyArn) => {
        const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }), on);
        const VersionId = Policy?.DefaultVersionId;
        const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }), on);
        return statementsIn(decodeURIComponent(PolicyVersion?.Document ?? '{}'), PolicyArn);
      }),
    );
    return documents.flat();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof Error && cause.name === 'NoSuchEntityException') return [];
    const denied = cause instanceof Error && /AccessDenied/.test(cause.name);
    const message = `what the account stack gives ${role} cannot be read: ${describeError(cause)}`;
    throw new LandfallError('LF-RUNNER-017', message, { cause, temporary: true, details: { denied } });
  }
}

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]).optional();
const statement = z.object({ Effect: z.string(), Action: oneOrMore, Resource: oneOrMore });
const documentSchema = z.object({
  Statement: z.union([z.array(statement), statement.transform((one) => [one])]).default([]),
});
const limit = { bytes: 64 * 1024, depth: 16 };

/** What a policy document allows. A statement with NotAction or NotResource is not read as giving anything. */
export function statementsIn(document: string, name: string): GivenStatement[] {
  return parseJson(document, documentSchema, `the policy ${name}`, limit).Statement.flatMap(
    ({ Effect, Action, Resource }) =>
      Effect === 'Allow' && Action !== undefined && Resource !== undefined
        ? [{ actions: Action, resources: Resource }]
        : [],
  );
}
