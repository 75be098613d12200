import { type EksInput, type EksState, notFound, type Shown } from './state.ts';
import { keyOf, type UpdateTarget } from './updates.ts';

export const updateActions = {
  ListUpdates(eks: EksState, { parameters, query }: EksInput): Shown {
    const wanted = keyOf(parameters['cluster'] ?? '', targetOf(query));
    const all = [...eks.cluster(parameters['cluster']).updates];
    const mine = all.filter(([, { target }]) => keyOf(parameters['cluster'] ?? '', target) === wanted);
    return { updateIds: mine.map(([id]) => id) };
  },

  DescribeUpdate(eks: EksState, { parameters, query }: EksInput): Shown {
    const name = parameters['cluster'] ?? '';
    const found = eks.cluster(name).updates.get(parameters['update'] ?? '');
    // An update of a node group is found only where the group is named too.
    if (found === undefined || keyOf(name, found.target) !== keyOf(name, targetOf(query)))
      throw notFound(`No update found for ID: ${parameters['update']}`);
    return { update: found.shown };
  },
};

function targetOf(query: URLSearchParams): UpdateTarget {
  const nodegroup = query.get('nodegroupName');
  const addon = query.get('addonName');
  return { ...(nodegroup === null ? {} : { nodegroup }), ...(addon === null ? {} : { addon }) };
}
