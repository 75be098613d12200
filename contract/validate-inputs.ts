import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { LandfallError } from './errors/landfall-error.ts';
import type { JsonObject } from './json.ts';

/**
 * Checks inputs against a product's JSON Schema (draft 2020-12) and gives a copy with the schema's defaults filled in.
 * Inputs that do not fit: LF-CONTRACT-013, naming places, never values. A schema that cannot be used: LF-CONTRACT-014.
 * `format` is an annotation here (2020-12, 7.2.1), so a schema never fails for a format this version does not know.
 */
export function completeInputs(schema: JsonObject, inputs: JsonObject): JsonObject {
  return completer(schema)(inputs);
}

/** As completeInputs, for many with one schema, which is read once. */
export function completer(schema: JsonObject, what = 'inputs'): (value: JsonObject) => JsonObject {
  const validate = compile(schema);
  return (value) => {
    const completed = structuredClone(value);
    if (validate(completed)) return completed;
    const places = (validate.errors ?? []).slice(0, 5).map((error) => describe(error, what));
    throw new LandfallError('LF-CONTRACT-013', `the ${what} do not fit the product's schema: ${places.join('; ')}`);
  };
}

/** Throws LF-CONTRACT-014 when the schema cannot be used. */
export function requireInputSchema(schema: JsonObject): void {
  compile(schema);
}

const options = {
  useDefaults: true,
  allErrors: true,
  validateFormats: false,
  strictTypes: false,
  strictRequired: false,
} as const;
/** Holds schemas against the draft's own; keeps none of them. To compile the draft's takes longer than most schemas of products. */
const draft = new Ajv2020(options);

function compile(schema: JsonObject): ValidateFunction {
  try {
    void draft.validateSchema(schema, true);
    // A compiler of its own each time: a schema's $id must not meet the one of another release.
    return new Ajv2020({ ...options, validateSchema: false }).compile(schema);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-CONTRACT-014', `the product's input schema cannot be used: ${why}`, { cause });
  }
}

function describe(error: ErrorObject, what: string): string {
  const place = `${what}${error.instancePath.replaceAll('/', '.')}`;
  const extra: unknown = error.params['additionalProperty'];
  if (typeof extra === 'string') return `${place}.${extra}: unknown ${what === 'inputs' ? 'input' : 'field'}`;
  const allowed: unknown = error.params['allowedValues'];
  if (Array.isArray(allowed)) return `${place}: must be one of ${allowed.map(String).join(', ')}`;
  return `${place}: ${error.message ?? 'is not valid'}`;
}
