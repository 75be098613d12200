import * as z from 'zod';
import {
  type ExpressionScope,
  type HelmComponent,
  jsonObjectSchema,
  type Json,
  type JsonObject,
  LandfallError,
  resolveExpressions,
  type ValuesSource,
} from '../../../contract/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { inParallel } from '../in-parallel.ts';
import { mergeValues, valueAt } from './merge-values.ts';
import { parseValues } from './parse-values.ts';

/** What `valuesFrom` gives. */
export type ValuesFrom = {
  /** All sources, later ones over earlier ones. */
  values: JsonObject;
  /** Every text that came out of a Secret: it must not stand in a log or an error. */
  secrets: readonly string[];
  /** Changes when any source does. Says nothing about their content to whoever cannot read them. */
  fingerprint: string | null;
};

export const noValuesFrom: ValuesFrom = { values: {}, secrets: [], fingerprint: null };

/** An expression may give a number. */
const nameSchema = z.coerce.string();
const objectSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

type ObjectSource = Exclude<ValuesSource, { kind: 'outputs' }>;
type Found = { values: JsonObject; secrets: string[]; salt: string };

/** Reads the sources anew each time: whoever watches them wakes the runner. Not there: LF-RUNNER-141, temporary. Not values: LF-RUNNER-140. */
export async function readValuesFrom(
  kubernetes: Kubernetes,
  component: Pick<HelmComponent, 'name' | 'namespace' | 'valuesFrom'>,
  scope: ExpressionScope,
  signal: AbortSignal,
): Promise<ValuesFrom> {
  if (component.valuesFrom.length === 0) return noValuesFrom;
  const found = await inParallel(sourcesOf(component, scope), async (source) =>
    source.kind === 'outputs'
      ? readOutputs(component.name, source, scope)
      : readObject(kubernetes, component, source, signal),
  );
  return {
    values: found.reduce((all, { values }) => mergeValues(all, values), jsonObjectSchema.parse({})),
    secrets: [...new Set(found.flatMap(({ secrets }) => secrets))],
    // A Secret's uid is known only to those who may read it: salted with it, a short password cannot be found by trying.
    fingerprint: fingerprintOf(found.map(({ values, salt }) => ({ values, salt }))),
  };
}

/** With the expressions in names filled in. */
export function sourcesOf(component: Pick<HelmComponent, 'valuesFrom'>, scope: ExpressionScope): ValuesSource[] {
  return component.valuesFrom.map((source) =>
    source.kind === 'outputs' ? source : { ...source, name: nameSchema.parse(resolveExpressions(source.name, scope)) },
  );
}

async function readObject(
  kubernetes: Kubernetes,
  { name: component, namespace }: Pick<HelmComponent, 'name' | 'namespace'>,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<Found> {
  const kind = source.kind === 'secret' ? 'Secret' : 'ConfigMap';
  const object = await kubernetes.get({ apiVersion: 'v1', kind, namespace, name: source.name }, { signal });
  const { data } = object === null ? { data: {} } : objectSchema.parse(object);
  const raw = data != null && Object.hasOwn(data, source.key) ? data[source.key] : undefined;
  const what = `the key ${source.key} of ${kind} ${namespace}/${source.name}`;
  if (raw === undefined) {
    if (source.optional) return { values: {}, secrets: [], salt: '' };
    throw new LandfallError('LF-RUNNER-141', `${component} takes values from ${what}, which is not there`, {
      temporary: true,
    });
  }
  const text = kind === 'Secret' ? Buffer.from(raw, 'base64').toString('utf8') : raw;
  const values = source.path === undefined ? parseValues(component, what, text) : valueAt(source.path, text);
  if (kind === 'ConfigMap') return { values, secrets: [], salt: '' };
  return { values, secrets: [text, ...textsIn(values)], salt: object?.metadata.uid ?? '' };
}

function readOutputs(
  component: string,
  source: Extract<ValuesSource, { kind: 'outputs' }>,
  scope: ExpressionScope,
): Found {
  const outputs = scope.components[source.component]?.outputs;
  const { output, path } = source;
  const value =
    output === undefined
      ? outputs
      : outputs !== undefined && Object.hasOwn(outputs, output)
        ? outputs[output]
        : undefined;
  const what = output === undefined ? `outputs of ${source.component}` : `output ${output} of ${source.component}`;
  if (value === undefined) {
    throw new LandfallError('LF-CONTRACT-010', `${component} takes values from the ${what}, which there is not`);
  }
  if (path !== undefined) return { values: valueAt(path, value), secrets: [], salt: '' };
  const map = jsonObjectSchema.safeParse(value);
  if (map.success) return { values: map.data, secrets: [], salt: '' };
  throw new LandfallError('LF-RUNNER-140', `${component}: the ${what} is no map; set a path for it`);
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
