import { randomUUID } from 'node:crypto';
import { arn } from '../account.ts';
import { type EksInput, type EksState, inUse, notFound, recordOf, type Shown, textOf } from './state.ts';

/** OIDC providers whose tokens a cluster takes: people from outside, if somebody associates one. */
export const identityProviderActions = {
  AssociateIdentityProviderConfig(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const oidc = recordOf(body['oidc']);
    const name = textOf(oidc['identityProviderConfigName']);
    // EKS takes one OIDC provider per cluster.
    if (cluster.identityProviders.size > 0)
      throw inUse('Only one OIDC identity provider can be associated to a cluster.');
    cluster.identityProviders.set(name, {
      ...oidc,
      clusterName: cluster.name,
      identityProviderConfigArn: arn('eks', `identityproviderconfig/${cluster.name}/oidc/${name}/${randomUUID()}`),
      status: 'ACTIVE',
      tags: body['tags'] ?? {},
    });
    const params = { IdentityProviderConfig: oidc };
    return {
      update: eks.updates.begin(eks, cluster, { type: 'AssociateIdentityProviderConfig', params, apply: () => {} }),
    };
  },

  ListIdentityProviderConfigs: (eks: EksState, { parameters }: EksInput): Shown => ({
    identityProviderConfigs: [...eks.cluster(parameters['cluster']).identityProviders.keys()].map((name) => ({
      type: 'oidc',
      name,
    })),
  }),

  DescribeIdentityProviderConfig(eks: EksState, { parameters, body }: EksInput): Shown {
    const name = textOf(recordOf(body['identityProviderConfig'])['name']);
    const oidc = eks.cluster(parameters['cluster']).identityProviders.get(name);
    if (oidc === undefined) throw notFound(`No identity provider config found for name: ${name}`);
    return { identityProviderConfig: { oidc } };
  },

  DisassociateIdentityProviderConfig(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const name = textOf(recordOf(body['identityProviderConfig'])['name']);
    if (!cluster.identityProviders.delete(name)) throw notFound(`No identity provider config found for name: ${name}`);
    const params = { IdentityProviderConfig: name };
    return {
      update: eks.updates.begin(eks, cluster, { type: 'DisassociateIdentityProviderConfig', params, apply: () => {} }),
    };
  },
};
