import {
  describeError,
  type EntityMember,
  type EntityType,
  type FileEntityMember,
  type FileEntityType,
  expressionsIn,
  type Json,
  type JsonObject,
  LandfallError,
  type ReleaseImage,
  requireInputSchema,
  type Right,
} from '../contract/index.ts';
import { type BuildContext, insideProduct, pinImages, takeChart } from './build-component.ts';
import { packManifests } from './pack/manifests.ts';
import { withEntityExamples } from './product-file/example-scope.ts';
import { inDependencyOrder } from './product-file/order.ts';
import { imagesInObject } from './resolve/images-in-object.ts';
import { definedKinds, neededRights } from './resolve/needed-rights.ts';
import { manifestObjects } from './resolve/manifest-objects.ts';
import { renderedObjects } from './resolve/rendered-objects.ts';

/** The product's types of entities with everything that their entities will run, packed and pinned; in dependency order. */
export async function buildEntityTypes(context: BuildContext): Promise<EntityType[]> {
  const types: EntityType[] = [];
  for (const type of inDependencyOrder(context.product.entityTypes, 'entity types')) {
    requireOwnNames(context, type);
    requireInputSchema(type.schema);
    context.say(`packing the entity type ${type.name}`);
    const { example: _, cleanup, components, ...head } = type;
    const members: EntityMember[] = [];
    for (const member of inDependencyOrder(components, `components of ${type.name}`)) {
      members.push(await buildMember(context, type, member));
    }
    const ending = cleanup && {
      ...cleanup,
      images: await imagesOfTemplate(context, type, 'cleanup', cleanup.template),
    };
    types.push({ ...head, components: members, ...(ending === undefined ? {} : { cleanup: ending }) });
  }
  return types;
}

/** What an entity makes is told from what a component makes by its name alone. */
function requireOwnNames(context: BuildContext, type: FileEntityType): void {
  const prefix = `${type.name.toLowerCase()}-`;
  const taken = context.product.components.find(({ name }) => name.startsWith(prefix));
  if (taken === undefined) return;
  const message = `component ${taken.name} begins as the components of entity type ${type.name} do: ${prefix}`;
  throw new LandfallError('LF-RELEASE-002', message);
}

async function buildMember(
  context: BuildContext,
  type: FileEntityType,
  member: FileEntityMember,
): Promise<EntityMember> {
  const { product, layout } = context;
  switch (member.kind) {
    case 'manifests': {
      const objects = await manifestObjects(insideProduct(context, member.manifests));
      const resolved = objects.map((object) => withEntityExamples(product, type, object));
      const images = await pinImages(context, resolved.flatMap(imagesInObject));
      const repository = `${product.metadata.name}/entities/${type.name.toLowerCase()}/${member.name}`;
      const rights = rightsOf(context, type, member, resolved, objects);
      return { ...member, ...rights, manifests: await packManifests(layout, { objects, repository }), images };
    }
    case 'job': {
      const { undo, ...job } = member;
      const images = await imagesOfTemplate(context, type, member.name, member.template);
      if (undo === undefined) return { ...job, images };
      const undone = await imagesOfTemplate(context, type, `${member.name}.undo`, undo.template);
      return { ...job, images, undo: { ...undo, images: undone } };
    }
    case 'helm': {
      const name = `${type.name.toLowerCase()}-${member.name}`;
      const chart = await takeChart(context, { name, chart: member.chart });
      const values = [withEntityExamples(product, type, member.values)];
      const request = { name, namespace: member.namespace, chart: chart.file, values };
      const rendered = await context.helm.template(request).catch((cause: unknown) => {
        const message = `the chart of ${type.name}.${member.name} cannot be rendered: ${describeError(cause)}`;
        throw new LandfallError('LF-RELEASE-006', message, { cause });
      });
      const objects = renderedObjects(rendered, `the chart of ${type.name}.${member.name}`);
      const images = await pinImages(context, objects.flatMap(imagesInObject));
      const rights = rightsOf(context, type, member, objects, member.values);
      return { ...member, ...rights, chart: chart.artifact, chartVersion: chart.version, images };
    }
    default:
      withEntityExamples(product, type, { secretName: member.secretName, from: member.from });
      return member;
  }
}

/** What the type's account needs for this component; `settings`: where expressions stand that may have come into the objects. */
function rightsOf(
  context: BuildContext,
  type: FileEntityType,
  member: Extract<FileEntityMember, { kind: 'manifests' | 'helm' }>,
  objects: readonly Json[],
  settings: Json,
): { rights?: Right[] } {
  context.definitions.push(...definedKinds(objects));
  const name = `${type.name}.${member.name}`;
  // A Helm release is named after its entity, and so is what a chart makes.
  const variable = [...expressionsIn(settings), 'entity.name']
    .map((each) => withEntityExamples(context.product, type, { each: `\${${each}}` })['each'])
    .filter((each): each is string => typeof each === 'string' && each !== '');
  const { definitions } = context;
  const rights = neededRights({ component: { ...member, name }, objects, definitions, variable });
  return rights.length === 0 ? {} : { rights };
}

async function imagesOfTemplate(
  context: BuildContext,
  type: FileEntityType,
  name: string,
  template: JsonObject,
): Promise<ReleaseImage[]> {
  const resolved = withEntityExamples(context.product, type, template);
  const job = { apiVersion: 'batch/v1', kind: 'Job', spec: { template: resolved } };
  const images = await pinImages(context, imagesInObject(job));
  if (images.length > 0) return images;
  const message = `the template of ${type.name}.${name} names no image: expected spec.containers[].image`;
  throw new LandfallError('LF-RELEASE-001', message);
}
