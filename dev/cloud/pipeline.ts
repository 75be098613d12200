import type { BudgetAdditions } from './answers/budget-additions.ts';
import { checkDeletionOrder, dropInterfaces, interfacesOf } from './answers/deletion-order.ts';
import { answerOrganizations } from './answers/organizations.ts';
import type { Quotas } from './answers/quotas.ts';
import { simulate } from './answers/simulate.ts';
import type { VpnAdditions } from './answers/vpn-additions.ts';
import { authorize, callerContext } from './authorize.ts';
import type { BucketPolicies } from './bucket-policies.ts';
import type { Call } from './calls/call.ts';
import { completeCall } from './calls/complete-call.ts';
import { describeCall } from './calls/describe-call.ts';
import type { EcrRecords } from './ecr/records.ts';
import type { AccountRegistry } from './ecr/registry.ts';
import type { EcrTokens } from './ecr/tokens.ts';
import { answerEks } from './eks/answer.ts';
import type { EksState } from './eks/state.ts';
import type { Guards } from './guards.ts';
import type { IamAccount } from './iam-account.ts';
import { authenticate } from './identity/authenticate.ts';
import type { Keyring } from './identity/keyring.ts';
import type { Principal } from './identity/principal.ts';
import type { Moto } from './moto.ts';
import { repairRequest } from './repair-request.ts';
import type { AnswerRewriter } from './rewrite-answer.ts';
import type { Recorder } from './recorder.ts';
import { type ResourceFacts, withoutFacts } from './resource-facts.ts';
import type { ResourcePolicies } from './resource-policies.ts';
import type { Sts } from './sts.ts';
import { accessDenied, encodeRefusal, Refusal } from './wire/refusal.ts';
import { type CloudRequest, type CloudResponse, formOf, jsonBodyOf } from './wire/request.ts';
import { readSignature } from './wire/sigv4.ts';

export type PipelineDependencies = {
  keyring: Keyring;
  iam: IamAccount;
  sts: Sts;
  eks: EksState;
  ecr: EcrTokens;
  records: EcrRecords;
  registry: Pick<AccountRegistry, 'forget'>;
  moto: Moto;
  rewriter: AnswerRewriter;
  facts: ResourceFacts;
  resources: ResourcePolicies;
  quotas: Quotas;
  budgets: BudgetAdditions;
  vpn: VpnAdditions;
  bucketPolicies: BucketPolicies;
  recorder: Recorder;
  guards: Guards;
  now: () => Date;
};

export type Handled = { response: CloudResponse; principal?: Principal };

/** The way of every AWS call: who (signature) -> what (wire) -> may (policies) -> do (here or moto) -> record. */
export async function handleCall(request: CloudRequest, deps: PipelineDependencies): Promise<Handled> {
  let call = describeCall(request, readSignature(request)?.service ?? 'unsigned');
  let principal: Principal | undefined;
  const record = (status: number, denied?: string): void =>
    deps.recorder.record({
      service: call.service,
      action: call.action,
      principal: principal?.arn ?? readSignature(request)?.accessKeyId ?? 'anonymous',
      status,
      checks: call.checks,
      context: principal === undefined ? {} : callerContext(principal, deps.now()),
      ...(call.resource === undefined ? {} : { resource: call.resource }),
      ...(denied === undefined ? {} : { denied }),
    });
  try {
    ({ principal } = await authenticate(request, deps));
    call = await completeCall(call, request, isMighty(principal) ? withoutFacts(deps.facts) : deps.facts);
    const decision = await authorize(principal, call, deps);
    // AssumeRole is decided by the role's trust policy. What the caller's policies allow counts only where the trust names
    // an account; what they deny counts always.
    if (!decision.allowed && (decision.explicit === true || !isAssumeRole(call))) throw accessDenied(decision.reason);
    const response = await perform(request, call, principal, deps, decision.allowed);
    record(response.status);
    return { response, principal };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      record(500);
      throw error;
    }
    record(error.status, error.status === 403 ? error.message : undefined);
    return { response: encodeRefusal(error, call.dialect), ...(principal === undefined ? {} : { principal }) };
  }
}

/** Nothing is decided for somebody with all rights, so nothing needs to be looked up. */
function isMighty(principal: Principal): boolean {
  return principal.kind === 'person' && principal.rights === 'everything';
}

function isAssumeRole(call: Call): boolean {
  return call.service === 'sts' && call.action === 'AssumeRole';
}

async function perform(
  request: CloudRequest,
  call: Call,
  principal: Principal,
  deps: PipelineDependencies,
  allowedByPolicy: boolean,
): Promise<CloudResponse> {
  const roleArn = principal.kind === 'session' ? principal.roleArn : principal.arn;
  switch (call.service) {
    case 'sts':
      if (call.action === 'GetCallerIdentity') return deps.sts.callerIdentity(principal);
      if (call.action === 'AssumeRole')
        return deps.sts.assumeRole(principal, formOf(request), async () => allowedByPolicy);
      // moto would hand out credentials to anybody.
      throw accessDenied(`The stand-in's STS does not know ${call.action}.`);
    case 'eks':
      return answerEks(deps.eks, request, roleArn);
    case 'ecr':
      if (call.action === 'GetAuthorizationToken') return deps.ecr.authorizationToken(principal);
      await deps.records.settle();
      break;
    default:
  }
  const policy = await deps.bucketPolicies.answer(call, request, deps.moto);
  if (policy !== undefined) {
    forgetWhatChanged(call, deps);
    return policy;
  }
  const here =
    deps.quotas.answer(call, request) ??
    deps.budgets.answer(call, request) ??
    deps.vpn.answer(call, request) ??
    (await answerOrganizations(call, deps.moto)) ??
    (await simulate(call, request, deps.iam));
  if (here !== undefined) return here;
  if (deps.guards.dependencies) await checkDeletionOrder(call, request, deps);
  const goneWithIt = await interfacesOf(call, request, deps.moto);
  const answer = await deps.moto.forward(repairRequest(call, request));
  await dropInterfaces(goneWithIt, deps.moto);
  forgetWhatChanged(call, deps);
  if (call.service === 'ecr' && answer.status === 200) await followInRegistry(call, request, deps);
  return deps.vpn.rewrite(call, request, deps.rewriter.rewrite(call, request, answer));
}

/** Whoever changes a resource names it; only CloudFormation and the like change others unseen. */
function forgetWhatChanged(call: Call, { facts, resources, iam }: PipelineDependencies): void {
  if (/^(Get|List|Describe|Head|Simulate|Generate|Batch(Get|Check)|read:)/.test(call.action)) return;
  // An alias that moves changes the key that it leaves, too.
  const isDirect =
    !call.action.endsWith('Alias') && ['ec2', 'ecr', 'iam', 'kms', 'logs', 's3', 'sns', 'sqs'].includes(call.service);
  const named = isDirect ? call.checks.map((check) => check.resource ?? '*') : ['*'];
  facts.changed(named);
  resources.changed(named);
  if (call.service === 'iam' || !isDirect) iam.changed();
}

/** The registry itself loses what ECR's API deletes. */
async function followInRegistry(call: Call, request: CloudRequest, deps: PipelineDependencies): Promise<void> {
  const body = jsonBodyOf(request);
  if (call.action === 'DeleteRepository') await deps.registry.forget(String(body['repositoryName']));
  if (call.action === 'BatchDeleteImage') await deps.records.remove(body);
}
