import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import {
  conditionSchema,
  entityNameSchema,
  entityReferenceSchema,
  entitySchema,
  type EntityReference,
  entityTypeNameSchema,
  jsonObjectSchema,
  LandfallError,
  parseValue,
} from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';
import { type ApiOptions, callControlPlane } from './control-plane-api.ts';

export type EntityOptions = ApiOptions & { install: string; json?: boolean };

const wantedSchema = z.strictObject({ type: entityTypeNameSchema, name: entityNameSchema, spec: jsonObjectSchema });
const viewSchema = entitySchema.extend({
  state: z.string(),
  conditions: z.array(conditionSchema),
  removing: z.boolean(),
});
const listSchema = z.object({ entities: z.array(viewSchema) });
const page = 500;

/** Everything in a file of one or more YAML or JSON documents, in calls of 500: each call is taken whole or not at all. */
export async function runEntityApply(options: EntityOptions & { file: string }): Promise<void> {
  const wanted = await readEntities(options.file);
  const sum = { created: 0, changed: 0 };
  for (let from = 0; from < wanted.length; from += page) {
    const call = {
      method: 'POST' as const,
      path: pathOf(options),
      body: { entities: wanted.slice(from, from + page) },
    };
    const done = await callControlPlane(options, call, z.object({ created: z.number(), changed: z.number() }));
    sum.created += done.created;
    sum.changed += done.changed;
  }
  const changed = sum.changed - sum.created;
  const lines = [`${sum.created} created, ${changed} changed, ${wanted.length - sum.changed} as they were`];
  createOutput(options.json === true).result(sum, lines);
}

export async function runEntityList(options: EntityOptions & { type?: string }): Promise<void> {
  const found: z.infer<typeof viewSchema>[] = [];
  for (;;) {
    const last = found.at(-1);
    const query = new URLSearchParams({ limit: String(page) });
    if (options.type !== undefined) query.set('type', options.type);
    if (last !== undefined) query.set('after', `${last.type}/${last.name}`);
    const call = { method: 'GET' as const, path: `${pathOf(options)}?${query.toString()}` };
    const { entities } = await callControlPlane(options, call, listSchema);
    found.push(...entities);
    if (entities.length < page) break;
  }
  createOutput(options.json === true).result(found, found.map(lineOf));
}

export async function runEntityShow(options: EntityOptions, entity: string): Promise<void> {
  const found = await callControlPlane(options, { method: 'GET', path: pathOf(options, entity) }, viewSchema);
  const conditions = found.conditions.map(
    ({ type, status, reason, message }) => `  ${type} ${status} ${reason}: ${message}`,
  );
  createOutput(options.json === true).result(found, [lineOf(found), ...conditions]);
}

export async function runEntityRemove(options: EntityOptions, entity: string): Promise<void> {
  const found = await callControlPlane(options, { method: 'DELETE', path: pathOf(options, entity) }, viewSchema);
  createOutput(options.json === true).result(found, [`${entity} is being removed`]);
}

function lineOf({ type, name, generation, state, removing, conditions }: z.infer<typeof viewSchema>): string {
  // What runs may wait for the customer's policy all the same.
  const waits = conditions.find((each) => each.type === 'Suspended' && each.status === 'True');
  const notReady = conditions.find((each) => each.type === 'Ready' && each.status !== 'True');
  const told = waits ?? notReady;
  const why = told === undefined ? '' : `  ${told.reason}: ${told.message}`;
  return `${type}/${name}  ${state}  generation ${generation}${removing ? '  being removed' : ''}${why}`;
}

/** `streams/orders` */
function referenceOf(text: string): EntityReference {
  const [type, name, ...more] = text.split('/');
  const parsed = entityReferenceSchema.safeParse({ type, name });
  if (parsed.success && more.length === 0) return parsed.data;
  throw new LandfallError('LF-CLI-007', `"${text}" is no entity: expected <type>/<name>`);
}

function pathOf({ install }: EntityOptions, entity?: string): string {
  const all = `/v1/installs/${encodeURIComponent(install)}/entities`;
  if (entity === undefined) return all;
  const { type, name } = referenceOf(entity);
  return `${all}/${type}/${name}`;
}

async function readEntities(file: string): Promise<z.infer<typeof wantedSchema>[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-005', `${file} cannot be read`, { cause });
  });
  const documents = [...parseAllDocuments(text, { schema: 'core', uniqueKeys: true })];
  return documents.flatMap((document, index) => {
    const [broken] = document.errors;
    if (broken !== undefined) throw new LandfallError('LF-CLI-007', `${file}: ${broken.message}`);
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return value === null ? [] : [parseValue(value, wantedSchema, `document ${index + 1} of ${file}`)];
  });
}
