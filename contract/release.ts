import * as z from 'zod';
import { type Artifact, artifactSchema, releaseImageSchema } from './artifact.ts';
import { componentBase, componentHead, jobSettings, manifestsSettings, terraformSettings } from './component.ts';
import { documentHead } from './critical.ts';
import { type EntityMember, entityTypeSchema } from './entity-type.ts';
import { helmSettings, needsHelmSettings } from './helm-settings.ts';
import { inputsSchema } from './inputs.ts';
import { productNameSchema, versionSchema } from './names.ts';
import { permissionSchema } from './permission.ts';
import { platformNameSchema } from './platform.ts';
import { componentRights } from './rights.ts';
import { mostComponents } from './limits.ts';

/** Named in `critical` of a release that has a component with `baseLayer`: a runner that does not know it would apply that as a component of the product. */
export const baseLayerFeature = 'base-layer';
/** Named in `critical` of a release that has a component of that kind. */
export const manifestsFeature = 'component-manifests';
export const jobFeature = 'component-job';
/** Named in `critical` of a release with `onFailure: hold`: a runner that does not know it would take back what must stay. */
export const holdFeature = 'on-failure-hold';
/** Named in `critical` of a release with settings of charts that must not be overlooked: values from elsewhere, `suspend`, `hooks: false`, `test`, another CRD policy. */
export const helmSettingsFeature = 'helm-settings';
/** Named in `critical` of a release with a terraform component whose plans, variables or outputs are limited or guided by settings that older runners ignore. */
export const terraformPlansFeature = 'terraform-plans';

export const mediaTypes = {
  /** artifactType of the OCI manifest whose only layer is the release's DSSE envelope. */
  release: 'application/vnd.landfall.release.v1+json',
  module: 'application/vnd.landfall.terraform.module.v1.tar+gzip',
  helmChart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  helmConfig: 'application/vnd.cncf.helm.config.v1+json',
  /** Kubernetes objects as one JSON list, sorted; expressions stand in its strings. */
  manifests: 'application/vnd.landfall.manifests.v1+json',
  /** OpenTofu's own format for providers in OCI registries. */
  provider: 'application/vnd.opentofu.provider',
  providerTarget: 'application/vnd.opentofu.provider-target',
} as const;

export const releaseProviderSchema = z.object({
  /** Fully qualified: `registry.opentofu.org/hashicorp/aws`. */
  source: z.string().max(200),
  version: versionSchema,
  /** `linux_amd64` */
  platform: z.string().max(40),
  artifact: artifactSchema,
});

const helmComponent = z.object({
  kind: z.literal('helm'),
  ...componentBase,
  ...helmSettings,
  ...componentRights,
  chart: artifactSchema,
  chartVersion: z.string().max(64),
  images: z.array(releaseImageSchema).max(200),
});

const terraformComponent = z.object({
  kind: z.literal('terraform'),
  ...componentBase,
  ...terraformSettings,
  /**
   * The base layer itself (network, cluster, registry): applied on the state the install made, with the variables of the install and the rights
   * of the upgrade role. Its `variables` are empty: what the customer has chosen is not the vendor's to say. Critical feature `base-layer`.
   */
  baseLayer: z.literal(true).optional(),
  /** With `baseLayer`: the rights the account stack must give the upgrade role before this base layer can be applied. */
  upgradePermissions: z.array(permissionSchema).max(100).optional(),
  module: artifactSchema,
  /** One per provider and platform. */
  providers: z.array(releaseProviderSchema).max(100),
});

const manifestsComponent = z.object({
  kind: z.literal('manifests'),
  ...componentBase,
  ...manifestsSettings,
  ...componentRights,
  manifests: artifactSchema,
  images: z.array(releaseImageSchema).max(200),
});

const jobComponent = z.object({
  kind: z.literal('job'),
  ...componentHead,
  ...jobSettings,
  ...componentRights,
  images: z.array(releaseImageSchema).max(50),
});

export const componentSchema = z.discriminatedUnion('kind', [
  helmComponent,
  terraformComponent,
  manifestsComponent,
  jobComponent,
]);

/** One immutable version of a product: everything that will run, pinned by digest. Signed by the vendor's pipeline. No timestamps: the same input gives the same bytes. */
export const releaseSchema = z.object({
  ...documentHead,
  kind: z.literal('Release'),
  product: productNameSchema,
  title: z.string().max(120),
  version: versionSchema,
  /** What all of it can run on, as far as landfall.yaml said; a runner on another platform refuses the release. */
  platforms: z.array(platformNameSchema).max(8).optional(),
  inputs: inputsSchema,
  /** In dependency order. */
  components: z.array(componentSchema).min(1).max(mostComponents),
  permissions: z.array(permissionSchema).max(200),
  /** Types of entities that this version has. Not critical: a runner that does not know them keeps no entities, and the rest of the release all the same. */
  entityTypes: z.array(entityTypeSchema).max(50).optional(),
});

export type ReleaseProvider = z.infer<typeof releaseProviderSchema>;
export type Component = z.infer<typeof componentSchema>;
export type HelmComponent = Extract<Component, { kind: 'helm' }>;
export type TerraformComponent = Extract<Component, { kind: 'terraform' }>;
export type ManifestsComponent = z.infer<typeof manifestsComponent>;
export type JobComponent = z.infer<typeof jobComponent>;
export type Release = z.infer<typeof releaseSchema>;

/** Every critical feature that a release can name in this version. The control plane passes them on; a runner lists those that it knows. */
export const releaseFeatures: readonly string[] = [
  baseLayerFeature,
  manifestsFeature,
  jobFeature,
  holdFeature,
  helmSettingsFeature,
  terraformPlansFeature,
];

/** What a runner must know to carry out these components: named in `critical` of their release. */
export function criticalFeaturesOf(components: readonly Component[]): string[] {
  const features: Record<string, boolean> = {
    [baseLayerFeature]: components.some((each) => each.kind === 'terraform' && each.baseLayer === true),
    [manifestsFeature]: components.some((each) => each.kind === 'manifests'),
    [jobFeature]: components.some((each) => each.kind === 'job'),
    [holdFeature]: components.some((each) => each.onFailure === 'hold'),
    [helmSettingsFeature]: components.some((each) => each.kind === 'helm' && needsHelmSettings(each)),
    [terraformPlansFeature]: components.some((each) => each.kind === 'terraform' && guidesPlans(each)),
  };
  return Object.keys(features).filter((feature) => features[feature] === true);
}

/** What a runner that does not read it would get wrong; drift and removal it would only leave alone. */
function guidesPlans(component: TerraformComponent): boolean {
  const { secretVariables, outputsSecret, targets, allowedTypes, protectedTypes } = component;
  const some = [Object.keys(secretVariables ?? {}), targets ?? [], allowedTypes ?? [], protectedTypes ?? []].some(
    ({ length }) => length > 0,
  );
  return some || outputsSecret !== undefined;
}

/** Every artifact a release needs, once each: what the mirror copies before anything is touched. */
export function artifactsOf(release: Release): Artifact[] {
  const types = release.entityTypes ?? [];
  const cleanups = types.flatMap(({ cleanup }) => cleanup?.images.map(({ artifact }) => artifact) ?? []);
  const members = types.flatMap(({ components }) => components.flatMap(artifactsOfComponent));
  const all = [...release.components.flatMap(artifactsOfComponent), ...members, ...cleanups];
  return [...new Map(all.map((artifact) => [`${artifact.repository}@${artifact.digest}`, artifact])).values()];
}

/** Of these what nodes pull; charts, manifests, modules and providers are read by the runner itself. */
export function imagesOf(release: Release): Artifact[] {
  const members = (release.entityTypes ?? []).flatMap(({ components }) => components);
  const read = [...release.components, ...members].flatMap((component) => {
    if (component.kind === 'helm') return [component.chart];
    if (component.kind === 'manifests') return [component.manifests];
    if (component.kind !== 'terraform') return [];
    return [component.module, ...component.providers.map((provider) => provider.artifact)];
  });
  return artifactsOf(release).filter(
    ({ repository, digest }) => !read.some((each) => each.repository === repository && each.digest === digest),
  );
}

function artifactsOfComponent(component: Component | EntityMember): Artifact[] {
  if (component.kind === 'secret') return [];
  if (component.kind === 'terraform') {
    return [component.module, ...component.providers.map((provider) => provider.artifact)];
  }
  const undone = 'undo' in component ? (component.undo?.images ?? []) : [];
  const images = [...component.images, ...undone].map((image) => image.artifact);
  if (component.kind === 'helm') return [component.chart, ...images];
  return component.kind === 'manifests' ? [component.manifests, ...images] : images;
}
