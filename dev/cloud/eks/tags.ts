import { type EksInput, type EksState, notFound, recordOf, type Shown } from './state.ts';

export const tagActions = {
  ListTagsForResource: (eks: EksState, input: EksInput): Shown => ({ tags: resourceOf(eks, input)['tags'] ?? {} }),

  TagResource(eks: EksState, input: EksInput): Shown {
    const resource = resourceOf(eks, input);
    resource['tags'] = { ...recordOf(resource['tags']), ...recordOf(input.body['tags']) };
    return {};
  },

  UntagResource(eks: EksState, input: EksInput): Shown {
    const resource = resourceOf(eks, input);
    const tags = { ...recordOf(resource['tags']) };
    for (const key of input.query.getAll('tagKeys')) delete tags[key];
    resource['tags'] = tags;
    return {};
  },
};

const arnFields = ['arn', 'nodegroupArn', 'accessEntryArn', 'associationArn', 'addonArn'];

function resourceOf(eks: EksState, { parameters }: EksInput): Shown {
  const arn = parameters['arn'];
  for (const cluster of eks.clusters.values()) {
    const entries = [...cluster.accessEntries.values(), ...cluster.associations.values()].map((one) => one.shown);
    const all = [cluster.shown, ...cluster.nodeGroups.values(), ...cluster.addons.values(), ...entries];
    const found = all.find((shown) => arnFields.some((field) => shown[field] === arn));
    if (found !== undefined) return found;
  }
  throw notFound(`Resource not found: ${arn}`);
}
