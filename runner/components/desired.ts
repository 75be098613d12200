import { type ExpressionScope, type JsonObject, resolveObject, type TerraformComponent } from '../../contract/index.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A component with every expression resolved, and the fingerprint of all that decides what gets applied. */
export type DesiredTerraform = {
  kind: 'terraform';
  component: TerraformComponent;
  variables: JsonObject;
  fingerprint: string;
};

export function desiredOf(
  component: TerraformComponent,
  scope: ExpressionScope,
  /** What the customer has chosen of the base layer; a component that is one takes these, and none of the release's. */
  baseVariables: JsonObject = {},
): DesiredTerraform {
  const variables = component.baseLayer === true ? baseVariables : resolveObject(component.variables, scope);
  const providers = component.providers.map(({ source, version, artifact }) => [source, version, artifact.digest]);
  const fingerprint = fingerprintOf({
    module: component.module.digest,
    variables,
    providers,
    outputs: component.outputs,
    // Only where they are set: what is applied without them must not look different to a runner that knows them.
    ...(component.targets === undefined ? {} : { targets: component.targets }),
    ...(component.outputsSecret === undefined ? {} : { outputsSecret: component.outputsSecret }),
    ...(component.secretVariables === undefined ? {} : { secretVariables: component.secretVariables }),
  });
  return { kind: 'terraform', component, variables, fingerprint };
}
