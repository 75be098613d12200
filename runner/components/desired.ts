import {
  type ExpressionScope,
  type HelmComponent,
  type JsonObject,
  resolveObject,
  type TerraformComponent,
} from '../../contract/index.ts';
import type { Mirror } from '../ports.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A component with every expression resolved, and the fingerprint of all that decides what gets applied. */
export type DesiredHelm = {
  kind: 'helm';
  component: HelmComponent;
  values: JsonObject;
  /** As the chart names it -> where it is in the mirror, by digest. */
  images: Record<string, string>;
  fingerprint: string;
};
export type DesiredTerraform = {
  kind: 'terraform';
  component: TerraformComponent;
  variables: JsonObject;
  fingerprint: string;
};
export type DesiredComponent = DesiredHelm | DesiredTerraform;

export function desiredOf(
  component: HelmComponent | TerraformComponent,
  scope: ExpressionScope,
  mirror: Pick<Mirror, 'referenceOf'>,
  /** What the customer has chosen of the base layer; a component that is one takes these, and none of the release's. */
  baseVariables: JsonObject = {},
): DesiredComponent {
  if (component.kind === 'helm') {
    const values = resolveObject(component.values, scope);
    const images = Object.fromEntries(
      component.images.map((image) => [image.reference, mirror.referenceOf(image.artifact)]),
    );
    const { namespace, releaseName, chart } = component;
    const fingerprint = fingerprintOf({ chart: chart.digest, namespace, releaseName, values, images });
    return { kind: 'helm', component, values, images, fingerprint };
  }
  const variables = component.baseLayer === true ? baseVariables : resolveObject(component.variables, scope);
  const providers = component.providers.map(({ source, version, artifact }) => [source, version, artifact.digest]);
  const fingerprint = fingerprintOf({
    module: component.module.digest,
    variables,
    providers,
    outputs: component.outputs,
  });
  return { kind: 'terraform', component, variables, fingerprint };
}
