import * as z from 'zod';
import type { Json, JsonObject } from '../../../contract/index.ts';
import { renderForCloudFormation, renderTrustForCloudFormation, type Trust } from '../../../stacks/index.ts';
import { attribute, either, ref } from '../template.ts';

/** Keys that are either made here or given: `Fn::Sub` takes such a value from a map of its own. */
const ours = { 'state-key': 'StateKeyArn', 'cluster-key': 'ClusterKeyArn' } as const;
const boundaryArn = 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${NamePrefix}-boundary';
const values: Readonly<Record<string, Json>> = {
  StateKeyArn: either('MakesStateKey', attribute('StateKey', 'Arn'), ref('StateKmsKeyArn')),
  ClusterKeyArn: either('MakesClusterKey', attribute('ClusterKey', 'Arn'), ref('ClusterKmsKeyArn')),
};

export const stateKeyArn: Json = values['StateKeyArn'] ?? null;
export const clusterKeyArn: Json = values['ClusterKeyArn'] ?? null;

/** IAM's limit for a managed policy, in characters without whitespace; what CloudFormation fills in is counted as it stands. */
export function policyDocument(statements: Parameters<typeof renderForCloudFormation>[0]): JsonObject {
  return fillIn(renderForCloudFormation(statements, ours));
}

export function trustDocument(trust: Trust): JsonObject {
  return fillIn(renderTrustForCloudFormation(trust, ours));
}

/**
 * The statements come as one text for `Fn::Sub`; a template that people review has a document, with one small `Fn::Sub` per
 * name. Only where a name stands in a key must it be the text: CloudFormation fills in values and no keys, IAM takes both.
 */
function fillIn(text: string): JsonObject {
  const document = z.record(z.string(), z.json()).parse(JSON.parse(text));
  return hasOpenKey(document) ? { 'Fn::Sub': withOwnValues(text) } : walkObject(document);
}

function hasOpenKey(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasOpenKey);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => key.includes('${') || hasOpenKey(item));
}

function walkObject(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
}

function walk(value: Json): Json {
  if (typeof value === 'string') return value.includes('${') ? substitute(value) : value;
  if (Array.isArray(value)) return value.map(walk);
  return typeof value === 'object' && value !== null ? walkObject(value) : value;
}

function substitute(text: string): Json {
  const only = Object.keys(values).find((name) => text === `\${${name}}`);
  return only === undefined ? { 'Fn::Sub': withOwnValues(text) } : (values[only] ?? null);
}

/** What `Fn::Sub` takes: the text alone, or with the values that it cannot find by itself. */
function withOwnValues(text: string): Json {
  const plain = text.replaceAll('${Boundary}', () => boundaryArn);
  const own = Object.keys(values).filter((name) => plain.includes(`\${${name}}`));
  return own.length === 0 ? plain : [plain, Object.fromEntries(own.map((name) => [name, values[name] ?? null]))];
}
