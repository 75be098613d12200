import { type Artifact, type Permission, releaseSchema } from '../../contract/index.ts';
import type { MadeRelease } from './accepted-of.ts';
import { contentOf, type FakeComponent, imageNamesOf } from './fake-component.ts';

/** How what a test says becomes a release: on fakes an artifact is but a digest, on real engines it lies in a registry. */
export type ReleaseMaking = {
  namespace: string;
  /** Of a component's content (its chart, objects, module), or of an image that is named so. */
  artifactOf: (content: unknown) => Artifact;
  /** Images that every chart names. */
  chartImages: readonly string[];
  /** How long its health is waited for. */
  healthSeconds: (component: FakeComponent) => number;
};

export function releaseOf(
  making: ReleaseMaking,
  version: string,
  components: readonly FakeComponent[],
  permissions: Permission[] = [],
): MadeRelease {
  const document = {
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' }, secrets: [] },
    components: components.map((component) => componentOf(making, component)),
    permissions,
  };
  return { release: releaseSchema.parse(document), version };
}

function componentOf({ namespace, artifactOf, chartImages, healthSeconds }: ReleaseMaking, component: FakeComponent) {
  const { name, dependsOn = [], onFailure } = component;
  const pinned = (names: readonly string[]) =>
    names.map((reference) => ({ reference, artifact: artifactOf(reference) }));
  const head = { name, dependsOn, onFailure };
  const common = { ...head, health: { timeoutSeconds: healthSeconds(component) } };
  if ('job' in component) {
    const images = pinned(imageNamesOf(component.job));
    return { ...head, kind: 'job', namespace, template: component.job, images, ...component.settings };
  }
  const artifact = artifactOf(contentOf(component));
  if ('objects' in component) {
    const images = pinned(imageNamesOf(component.objects));
    const more = { namespace: component.namespace ?? namespace, ...component.settings };
    return { ...common, kind: 'manifests', manifests: artifact, images, ...more };
  }
  if ('base' in component) {
    const upgradePermissions = component.needs ?? [];
    const settings = { outputs: ['vpcId'], upgradePermissions, module: artifact, providers: [] };
    return { ...common, kind: 'terraform', baseLayer: true, ...settings };
  }
  if ('chart' in component)
    return {
      ...common,
      kind: 'helm',
      namespace: component.namespace ?? namespace,
      releaseName: name,
      values: component.values ?? {},
      chart: artifact,
      chartVersion: '1.0.0',
      images: pinned(chartImages),
      ...component.settings,
    };
  return {
    ...common,
    kind: 'terraform',
    variables: component.values ?? {},
    outputs: component.outputs ?? [],
    rollback: component.rollback ?? 'forward-only',
    module: artifact,
    providers: [],
    ...component.settings,
  };
}
