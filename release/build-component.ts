import { isAbsolute, join, relative, resolve } from 'node:path';
import {
  type Component,
  describeError,
  expressionsIn,
  type HelmComponent,
  type JobComponent,
  type Json,
  type KubernetesKind,
  LandfallError,
  type ManifestsComponent,
  type Permission,
  type ProductFile,
  type ProductFileComponent,
  type ReleaseImage,
  type Right,
  type TerraformComponent,
} from '../contract/index.ts';
import type { Helm, Tofu } from '../engines/index.ts';
import type { Layout, PlatformName } from '../oci/index.ts';
import { packChart, type PackedChart } from './pack/chart.ts';
import { packManifests } from './pack/manifests.ts';
import { packModule } from './pack/module.ts';
import { packProvider } from './pack/provider.ts';
import { pullChart } from './pack/pulled-chart.ts';
import { takeRepositoryChart } from './pack/repository-chart.ts';
import { exampleSettings, withExamples } from './product-file/example-scope.ts';
import type { ChartRepositories, Registries } from './registries.ts';
import { imagesInObject } from './resolve/images-in-object.ts';
import { manifestObjects } from './resolve/manifest-objects.ts';
import { moduleProviders } from './resolve/module-providers.ts';
import { requireVariables } from './resolve/module-variables.ts';
import { requirePlatforms } from './resolve/image-platforms.ts';
import { pinImage } from './resolve/pin-image.ts';
import { definedKinds, neededRights } from './resolve/needed-rights.ts';
import { renderedObjects } from './resolve/rendered-objects.ts';

/** What a build works with; nothing is looked up by itself. */
export type BuildTools = {
  helm: Helm;
  tofu: (options: { workDir: string; cliConfigPath: string }) => Tofu;
  /** Registries that charts and images may come from. */
  registries: Registries;
  /** Chart repositories that charts may come from. Default: none. */
  chartRepositories?: ChartRepositories;
  /** A `filesystem_mirror` with providers, unpacked or as zips. */
  providersDir: string;
  /** Instead of those of landfall.yaml. */
  platforms?: readonly PlatformName[];
  /** Scratch, and what takes long to make (packed providers). */
  cacheDir: string;
  say: (line: string) => void;
  /** What a component with `baseLayer` is made of: the synthesised module's folder, and the rights its application needs. Asked for only then. */
  baseLayer?: () => Promise<BaseLayer>;
};

export type BaseLayer = { dir: string; upgradePermissions: readonly Permission[] };

export type BuildContext = Omit<BuildTools, 'platforms'> & {
  product: ProductFile;
  productDir: string;
  layout: Layout;
  scratchDir: string;
  /** What the release says that it runs on; undefined: it says nothing. */
  platforms: readonly PlatformName[] | undefined;
  /** Kinds that the components built so far define; each adds its own. */
  definitions: KubernetesKind[];
};

type FileComponent<Kind> = Extract<ProductFileComponent, { kind: Kind }>;

export function buildComponent(context: BuildContext, component: ProductFileComponent): Promise<Component> {
  context.say(`packing ${component.name}`);
  switch (component.kind) {
    case 'helm':
      return buildHelm(context, component);
    case 'terraform':
      return buildTerraform(context, component);
    case 'manifests':
      return buildManifests(context, component);
    default:
      return buildJob(context, component);
  }
}

async function buildHelm(context: BuildContext, component: FileComponent<'helm'>): Promise<HelmComponent> {
  const { exampleValues, ...settings } = component;
  const values = exampleSettings(context.product, component);
  const names = component.valuesFrom.flatMap((source) => ('name' in source ? [source.name] : []));
  withExamples(context.product, component, { labels: component.labels, names });
  const chart = await takeChart(context, component);
  const { releaseName: name, namespace } = component;
  const request = { name, namespace, chart: chart.file, values: [exampleValues, values] };
  const rendered = await context.helm.template(request).catch((cause: unknown) => {
    const message = `the chart of ${component.name} cannot be rendered: ${describeError(cause)}`;
    throw new LandfallError('LF-RELEASE-006', message, { cause });
  });
  const objects = renderedObjects(rendered, `the chart of ${component.name}`);
  const images = await pinImages(context, objects.flatMap(imagesInObject));
  const rights = rightsOf(context, component, objects, component.values);
  return { ...settings, ...rights, chart: chart.artifact, chartVersion: chart.version, images };
}

async function buildManifests(
  context: BuildContext,
  component: FileComponent<'manifests'>,
): Promise<ManifestsComponent> {
  const { product, layout } = context;
  const objects = await manifestObjects(insideProduct(context, component.manifests));
  const resolved = objects.map((object) => withExamples(product, component, object));
  const images = await pinImages(context, resolved.flatMap(imagesInObject));
  const repository = `${product.metadata.name}/manifests/${component.name}`;
  const rights = rightsOf(context, component, resolved, objects);
  return { ...component, ...rights, manifests: await packManifests(layout, { objects, repository }), images };
}

async function buildJob(context: BuildContext, component: FileComponent<'job'>): Promise<JobComponent> {
  const template = exampleSettings(context.product, component);
  const job = { apiVersion: 'batch/v1', kind: 'Job', spec: { template } };
  const images = await pinImages(context, imagesInObject(job));
  if (images.length > 0) return { ...component, images };
  const message = `the template of ${component.name} names no image: expected spec.containers[].image`;
  throw new LandfallError('LF-RELEASE-001', message);
}

/** `settings`: where expressions stand that may have come into the objects. */
function rightsOf(
  context: BuildContext,
  component: FileComponent<'helm' | 'manifests'>,
  objects: readonly Json[],
  settings: Json,
): { rights?: Right[] } {
  context.definitions.push(...definedKinds(objects));
  const { definitions, product } = context;
  const variable = expressionsIn(settings)
    .map((each) => withExamples(product, component, { each: `\${${each}}` })['each'])
    .filter((each): each is string => typeof each === 'string' && each !== '');
  const rights = neededRights({ component, objects, definitions, variable });
  return rights.length === 0 ? {} : { rights };
}

/** Sorted, each once. */
export async function pinImages(context: BuildContext, references: readonly string[]): Promise<ReleaseImage[]> {
  const { product, layout } = context;
  const repository = (path: string): string => `${product.metadata.name}/images/${path}`;
  const images: ReleaseImage[] = [];
  for (const reference of [...new Set(references)].sort()) {
    const image = await pinImage(layout, reference, { ...context, imageSources: product.imageSources, repository });
    await requirePlatforms(layout, image, context.platforms ?? []);
    images.push(image);
  }
  return images;
}

export function takeChart(
  context: BuildContext,
  component: Pick<FileComponent<'helm'>, 'chart'> & { name: string },
): Promise<PackedChart> {
  const { layout, registries, product } = context;
  const file = join(context.scratchDir, `${component.name}.tgz`);
  const repository = (chart: string): string => `${product.metadata.name}/charts/${chart}`;
  const { chart } = component;
  if (typeof chart !== 'string') {
    const repositories = context.chartRepositories;
    return takeRepositoryChart(layout, { ...context, chart, file, repositories, repository });
  }
  if (chart.startsWith('oci://')) return pullChart(layout, { reference: chart, file, registries, repository });
  return packChart(layout, { dir: insideProduct(context, chart), file, repository });
}

async function buildTerraform(
  context: BuildContext,
  component: FileComponent<'terraform'>,
): Promise<TerraformComponent> {
  const { layout, scratchDir, cacheDir, product } = context;
  exampleSettings(product, component);
  const base = component.baseLayer === true ? await takeBaseLayer(context, component.name) : null;
  const dir = base?.dir ?? insideProduct(context, component.module ?? '');
  const repository = `${product.metadata.name}/modules/${component.name}`;
  await requireVariables(dir, component.name, Object.keys(component.secretVariables ?? {}));
  const module = await packModule(layout, { dir, repository, scratchDir });
  const mirrorDir = context.providersDir;
  const needed = await moduleProviders({ dir, digest: module.digest, mirrorDir, cacheDir, tofu: context.tofu });
  const platforms = context.platforms ?? [`linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}` as const];
  const providers = [];
  for (const { source, version } of needed) {
    const [, namespace = '', type = ''] = source.split('/');
    const repository = `${product.metadata.name}/providers/${namespace}/${type}`;
    const options = { source, version, platforms, mirrorDir, repository, cacheDir, say: context.say };
    providers.push(...(await packProvider(layout, options)));
  }
  const { permissions: _, ...rest } = component;
  const upgradePermissions = base === null ? {} : { upgradePermissions: [...base.upgradePermissions] };
  return { ...rest, ...upgradePermissions, module, providers };
}

async function takeBaseLayer(context: BuildContext, component: string): Promise<BaseLayer> {
  if (context.baseLayer !== undefined) return context.baseLayer();
  throw new LandfallError('LF-RELEASE-004', `${component} is the base layer, and whoever builds has not handed it in`);
}

/** A folder beside landfall.yaml; never one outside of it. */
export function insideProduct(context: BuildContext, path: string): string {
  const dir = resolve(context.productDir, path);
  const inside = relative(context.productDir, dir);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new LandfallError('LF-RELEASE-004', `${path} does not lie below the folder of landfall.yaml`);
  }
  return dir;
}
