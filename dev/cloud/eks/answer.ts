import { Refusal } from '../wire/refusal.ts';
import { type CloudRequest, type CloudResponse, jsonBodyOf, jsonResponse, queryOf } from '../wire/request.ts';
import { accessEntryActions } from './access-entries.ts';
import { addonActions } from './addons.ts';
import { clusterActions } from './clusters.ts';
import { identityProviderActions } from './identity-providers.ts';
import { nodeGroupActions } from './node-groups.ts';
import { associationActions } from './pod-identity-associations.ts';
import { routeEks } from './routes.ts';
import type { EksInput, EksState, Shown } from './state.ts';
import { tagActions } from './tags.ts';
import { updateActions } from './update-actions.ts';
import { versionActions } from './versions.ts';

const actions: Record<string, (eks: EksState, input: EksInput) => Shown | Promise<Shown>> = {
  ...clusterActions,
  ...nodeGroupActions,
  ...accessEntryActions,
  ...associationActions,
  ...addonActions,
  ...tagActions,
  ...updateActions,
  ...versionActions,
  ...identityProviderActions,
};

/** Answers one EKS call; moto's EKS lacks too much of it to be of use. */
export async function answerEks(eks: EksState, request: CloudRequest, callerArn: string): Promise<CloudResponse> {
  const route = routeEks(request);
  const action = actions[route?.action ?? ''];
  if (route === undefined || action === undefined) {
    throw new Refusal(
      501,
      'NotImplementedException',
      `The stand-in's EKS does not know ${request.method} ${request.target}.`,
    );
  }
  const input = { parameters: route.parameters, query: queryOf(request), body: jsonBodyOf(request), callerArn };
  return jsonResponse(await action(eks, input));
}
