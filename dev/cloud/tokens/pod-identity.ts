import { createPublicKey, randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import * as z from 'zod';
import { arn } from '../account.ts';
import { encodeRefusal, Refusal } from '../wire/refusal.ts';
import { type CloudResponse, jsonResponse } from '../wire/request.ts';
import type { EksState } from '../eks/state.ts';
import type { Recorder } from '../recorder.ts';
import type { Sts } from '../sts.ts';

const claimsSchema = z.object({
  'kubernetes.io': z.object({
    namespace: z.string(),
    serviceaccount: z.object({ name: z.string(), uid: z.string() }),
    pod: z.object({ name: z.string(), uid: z.string() }).optional(),
  }),
});

type Dependencies = { eks: EksState; sts: Sts; recorder: Recorder; now: () => Date };

/** The Pod Identity agent: a service account's token for credentials of the role that is associated with it. */
export async function podCredentials(authorization: string | undefined, deps: Dependencies): Promise<CloudResponse> {
  let principal = 'unknown service account';
  let resource: string | undefined;
  const record = (status: number, denied?: string): void =>
    deps.recorder.record({
      service: 'eks-auth',
      action: 'AssumeRoleForPodIdentity',
      principal,
      status,
      ...(resource === undefined ? {} : { resource }),
      ...(denied === undefined ? {} : { denied }),
    });
  try {
    const pod = await verify(authorization, deps);
    principal = `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}`;
    const found = [...deps.eks.clusters.values()]
      .filter((one) => deps.eks.attachedTo(one)?.issuer === pod.issuer)
      .flatMap((one) => [...one.associations.values()].map((association) => ({ cluster: one, association })))
      .find(({ association: one }) => one.namespace === pod.namespace && one.serviceAccount === pod.serviceAccount);
    if (found === undefined) {
      throw new Refusal(
        404,
        'ResourceNotFoundException',
        `(AssumeRoleForPodIdentity): No association found for ${principal}`,
      );
    }
    const { cluster, association } = found;
    resource = arn('eks', `cluster/${cluster.name}`);
    const sessionName = `eks-${cluster.name}-${pod.name}-${randomUUID()}`.slice(0, 64);
    const issued = await deps.sts.assumeForService('pods.eks.amazonaws.com', association.roleArn, sessionName, {
      sourceArn: resource,
      tags: {
        'eks-cluster-arn': resource,
        'eks-cluster-name': cluster.name,
        'kubernetes-namespace': pod.namespace,
        'kubernetes-service-account': pod.serviceAccount,
        'kubernetes-pod-name': pod.name,
        'kubernetes-pod-uid': pod.uid,
      },
    });
    record(200);
    return jsonResponse({
      AccessKeyId: issued.credentials.accessKeyId,
      SecretAccessKey: issued.credentials.secretAccessKey,
      Token: issued.credentials.sessionToken,
      Expiration: issued.session.expiresAt.toISOString(),
      AccountId: issued.session.account,
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    record(error.status, error.message);
    return encodeRefusal(error, 'rest-json');
  }
}

type Pod = { issuer: string; namespace: string; serviceAccount: string; name: string; uid: string };

async function verify(token: string | undefined, { eks, now }: Dependencies): Promise<Pod> {
  const text = (token ?? '').replace(/^Bearer /, '');
  try {
    const issuer = decodeJwt(text).iss;
    const reals = [eks.attached, ...eks.attachedByName.values()].filter((one) => one !== undefined);
    const real = reals.find((one) => one.issuer === issuer) ?? reals[0];
    if (real === undefined) throw new Refusal(400, 'InvalidRequestException', 'the account has no cluster');
    const { payload } = await jwtVerify(text, createPublicKey(real.serviceAccountPublicKeyPem), {
      issuer: real.issuer,
      audience: 'pods.eks.amazonaws.com',
      requiredClaims: ['exp'],
      currentDate: now(),
    });
    const claims = claimsSchema.parse(payload)['kubernetes.io'];
    return {
      issuer: real.issuer,
      namespace: claims.namespace,
      serviceAccount: claims.serviceaccount.name,
      name: claims.pod?.name ?? 'no-pod',
      uid: claims.pod?.uid ?? '',
    };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
      throw new Refusal(400, 'InvalidTokenException', `The service account token was refused: ${error.message}`);
    }
    throw error;
  }
}
