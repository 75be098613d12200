import * as z from 'zod';
import { jsonObjectSchema } from './json.ts';
import { componentNameSchema, kubernetesNameSchema } from './names.ts';

/** Names of Secrets and ConfigMaps (RFC 1123 subdomains), or an expression that gives one. */
const objectName = z.string().min(1).max(253);
const dataKey = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._-]+$/);
/** `database.password`: where in the values one value is put. A dot in a name is written `\.`. */
const valuesPath = z.string().min(1).max(200);

const fromObject = {
  /** In the component's namespace. Expressions may stand in it. */
  name: objectName,
  /** YAML or JSON, or, with `path`, one value. */
  key: dataKey.default('values.yaml'),
  path: valuesPath.optional(),
  /** Whether the component goes on without it. Default: it waits until it is there. */
  optional: z.boolean().default(false),
};

export const valuesSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('secret'), ...fromObject }),
  z.object({ kind: z.literal('configMap'), ...fromObject }),
  z.object({
    kind: z.literal('outputs'),
    /** A component that this one depends on. */
    component: componentNameSchema,
    /** One of its outputs; without it, all of them as a map. */
    output: z.string().max(100).optional(),
    /** Required unless the output is a map itself. */
    path: valuesPath.optional(),
  }),
]);

const labelName = z
  .string()
  .max(317)
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
  .refine((name) => !/^(?:.*\.)?(?:landfall\.dev|helm\.sh)\/|^app\.kubernetes\.io\/managed-by$/.test(name), {
    message: 'this label belongs to the runner or to Helm',
  });

/** A field, by JSON pointer (RFC 6901), that may differ from the chart: of every object, or of those of this kind and name. */
const ignoreRule = z.object({
  path: z
    .string()
    .max(500)
    .regex(/^(?:\/(?:[^~/]|~[01])+)+$/, 'expected a JSON pointer, such as /spec/replicas'),
  kind: z.string().max(63).optional(),
  name: z.string().max(253).optional(),
});

/** All of them may be left out. */
const options = {
  /** Merged in this order over the chart's own values; `values` come last. A change of them is applied without a release. */
  valuesFrom: z.array(valuesSourceSchema).max(20).default([]),
  /** Labels that every object of the chart gets, hooks included. Expressions may stand in the values. */
  labels: z.record(labelName, z.string().max(253)).default({}),
  /** The chart's `crds/`: leave them out, make those that are not there, or also bring those that are there up to date. */
  crds: z.enum(['skip', 'create', 'create-replace']).default('create'),
  /** Whether the chart's hooks are run. */
  hooks: z.boolean().default(true),
  /** Of each of Helm's waits (for hooks), in seconds. Default: the time that health has. */
  timeoutSeconds: z.number().int().min(1).max(7200).optional(),
  /** The chart's own tests (`helm test`) are run when it is healthy after an install or upgrade; one that fails fails the release. */
  test: z.object({ timeoutSeconds: z.number().int().min(1).max(7200).default(300) }).optional(),
  /** Revisions that Helm keeps. */
  historyLimit: z.number().int().min(2).max(100).default(10),
  /** Whether objects that are there already, and not Helm's, become part of the release. */
  takeOwnership: z.boolean().default(false),
  /** Whether objects with a changed field that cannot be changed are deleted and made anew. Never those that hold data. */
  force: z.boolean().default(false),
  /** The component is looked at and never touched. */
  suspend: z.boolean().default(false),
  /** Fields changed by others, found while nothing else is to do: do not look, tell it, or put them back. Deleted objects are always put back. */
  drift: z
    .object({
      mode: z.enum(['off', 'warn', 'enforce']).default('off'),
      ignore: z.array(ignoreRule).max(100).default([]),
    })
    .prefault({}),
  /** Further tries after a failed install or upgrade, before it is given up. */
  retries: z.number().int().min(0).max(10).default(0),
  /** What becomes of a first install that is given up: it stays for looking at, or is removed. */
  failedInstall: z.enum(['keep', 'uninstall']).default('keep'),
};

/**
 * A value may hold expressions: `${inputs.x}`, `${secrets.x.name}`, `${secrets.x.key}`, `${components.c.outputs.o}`,
 * `${install.id}`, `${install.region}`, `${install.prefix}`. A string that is one expression keeps the value's type.
 */
export const helmSettings = {
  namespace: kubernetesNameSchema,
  releaseName: kubernetesNameSchema,
  values: jsonObjectSchema.default({}),
  ...options,
};

/** Of a chart for which nothing else is said. */
export const helmDefaults = z.object(options).parse({});

export type ValuesSource = z.infer<typeof valuesSourceSchema>;
export type DriftRule = z.infer<typeof ignoreRule>;

type HelmSettings = z.infer<z.ZodObject<typeof helmSettings>>;

/** Whether a runner that does not know these settings would do something else than what they say. */
export function needsHelmSettings(
  component: Pick<HelmSettings, 'valuesFrom' | 'crds' | 'hooks' | 'test' | 'suspend'>,
): boolean {
  const { valuesFrom, crds, hooks, test, suspend } = component;
  return valuesFrom.length > 0 || crds !== 'create' || !hooks || test !== undefined || suspend;
}

/** What is wrong with the sources of values that are other components' outputs. */
export function problemsOfSources(
  { valuesFrom, dependsOn }: { valuesFrom: readonly ValuesSource[]; dependsOn: readonly string[] },
  components: readonly { name: string; kind: string; outputs?: readonly string[] }[],
): string[] {
  return valuesFrom.flatMap((source) => {
    if (source.kind !== 'outputs') return [];
    const other = components.find(({ name }) => name === source.component);
    if (other?.kind !== 'terraform') return [`${source.component} is no component with outputs`];
    if (!dependsOn.includes(source.component)) return [`name ${source.component} in dependsOn, too`];
    if (source.output !== undefined && other.outputs?.includes(source.output) !== true) {
      return [`${source.component} has no output ${source.output}`];
    }
    return [];
  });
}
