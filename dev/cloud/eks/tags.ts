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

function resourceOf(eks: EksState, { parameters }: EksInput): Shown {
  const found = eks.byArn(parameters['arn'] ?? '');
  if (found === undefined) throw notFound(`Resource not found: ${parameters['arn']}`);
  return found;
}
