import { arn } from '../account.ts';
import { uniqueSuffix } from '../identity/keyring.ts';
import { type Association, type EksInput, type EksState, inUse, notFound, type Shown, textOf } from './state.ts';

export const associationActions = {
  CreatePodIdentityAssociation(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const namespace = textOf(body['namespace']);
    const serviceAccount = textOf(body['serviceAccount']);
    for (const known of cluster.associations.values()) {
      if (known.namespace === namespace && known.serviceAccount === serviceAccount) {
        throw inUse(`Association already exists: ${textOf(known.shown['associationId'])}`);
      }
    }
    const { clientRequestToken: _token, ...sent } = body;
    const id = `a-${uniqueSuffix().toLowerCase()}`;
    const shown = {
      ...sent,
      clusterName: cluster.name,
      associationId: id,
      associationArn: arn('eks', `podidentityassociation/${cluster.name}/${id}`),
      tags: body['tags'] ?? {},
      createdAt: eks.timestamp(),
      modifiedAt: eks.timestamp(),
    };
    cluster.associations.set(id, { shown, namespace, serviceAccount, roleArn: textOf(body['roleArn']) });
    return { association: shown };
  },

  DescribePodIdentityAssociation: (eks: EksState, input: EksInput): Shown => ({
    association: associationOf(eks, input).shown,
  }),

  ListPodIdentityAssociations(eks: EksState, { parameters, query }: EksInput): Shown {
    const namespace = query.get('namespace');
    const account = query.get('serviceAccount');
    const all = [...eks.cluster(parameters['cluster']).associations.values()];
    const wanted = all.filter(
      (one) =>
        (namespace === null || one.namespace === namespace) && (account === null || one.serviceAccount === account),
    );
    return {
      associations: wanted.map(({ shown }) => ({
        clusterName: shown['clusterName'],
        namespace: shown['namespace'],
        serviceAccount: shown['serviceAccount'],
        associationArn: shown['associationArn'],
        associationId: shown['associationId'],
      })),
    };
  },

  UpdatePodIdentityAssociation(eks: EksState, input: EksInput): Shown {
    const association = associationOf(eks, input);
    if (typeof input.body['roleArn'] === 'string') association.roleArn = input.body['roleArn'];
    Object.assign(association.shown, { roleArn: association.roleArn, modifiedAt: eks.timestamp() });
    return { association: association.shown };
  },

  DeletePodIdentityAssociation(eks: EksState, input: EksInput): Shown {
    const association = associationOf(eks, input);
    eks.cluster(input.parameters['cluster']).associations.delete(input.parameters['association'] ?? '');
    return { association: association.shown };
  },
};

function associationOf(eks: EksState, { parameters }: EksInput): Association {
  const found = eks.cluster(parameters['cluster']).associations.get(parameters['association'] ?? '');
  if (found === undefined) throw notFound(`No association found with id: ${parameters['association']}`);
  return found;
}
