import { stringify } from 'yaml';
import * as z from 'zod';
import { runnerPolicySchema } from '../../contract/index.ts';

/** charts/runner/crds/runnerpolicies.yaml: what the API server holds a RunnerPolicy against is what the runner reads it with. */
export function policyCrd(): string {
  const { $schema: _, ...spec } = z.toJSONSchema(runnerPolicySchema, { io: 'input', target: 'openapi-3.0' });
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'runnerpolicies.landfall.dev' },
    spec: {
      group: 'landfall.dev',
      scope: 'Namespaced',
      names: {
        kind: 'RunnerPolicy',
        listKind: 'RunnerPolicyList',
        plural: 'runnerpolicies',
        singular: 'runnerpolicy',
        shortNames: ['rp'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: [
            { name: 'Paused', type: 'boolean', jsonPath: '.spec.paused' },
            { name: 'Upgrades', type: 'string', jsonPath: '.spec.upgrades' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'Limits on the runner. The one named "default" in the runner\'s namespace counts.',
              properties: { spec },
            },
          },
        },
      ],
    },
  };
  const head =
    "# The customer's own limits on the runner. Nothing the control plane says can widen them; the runner may only read them.\n" +
    '# Generated from contract/runner-policy.ts; change it there and run `npm run dev -- reference`.\n';
  return head + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false });
}
