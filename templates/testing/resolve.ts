import { z } from 'zod';
import type { Json } from '../../contract/index.ts';
import type { Template } from '../index.ts';

/** What `Ref` and `Fn::Sub` find: parameters, pseudo parameters, and the ARNs of policies that were made. */
export type Scope = { template: Template; values: Record<string, string>; arnOf: (logicalId: string) => string };

const call = z.record(z.string(), z.json());
const removed = Symbol('AWS::NoValue');

/** A list of a template as CloudFormation would hand it to a resource: the intrinsic functions that our lists use. */
export function resolveList(value: Json, scope: Scope): string[] {
  return z
    .array(z.json())
    .parse(value)
    .flatMap((item) => {
      const resolved = resolve(item, scope);
      return resolved === removed ? [] : [resolved];
    });
}

function resolve(value: Json, scope: Scope): string | typeof removed {
  if (typeof value === 'string') return value;
  const [[name, given] = ['', null]] = Object.entries(call.parse(value));
  switch (name) {
    case 'Ref':
      if (given === 'AWS::NoValue') return removed;
      return scope.values[String(given)] ?? scope.arnOf(String(given));
    case 'Fn::GetAtt':
      return scope.arnOf(z.array(z.string()).parse(given)[0] ?? '');
    case 'Fn::Sub': {
      const [text, own] = typeof given === 'string' ? [given, {}] : z.tuple([z.string(), call]).parse(given);
      const valueOf = (key: string): string => {
        const value = own[key] === undefined ? scope.values[key] : resolve(own[key], scope);
        if (typeof value === 'string') return value;
        throw new Error(`\${${key}} is not known here`);
      };
      return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, key: string) =>
        literal === '!' ? `\${${key}}` : valueOf(key),
      );
    }
    case 'Fn::If': {
      const [condition, then, otherwise] = z.tuple([z.string(), z.json(), z.json()]).parse(given);
      return resolve(holds(scope.template.Conditions?.[condition] ?? null, scope) ? then : otherwise, scope);
    }
    default:
      throw new Error(`${name} is not known here`);
  }
}

function holds(condition: Json, scope: Scope): boolean {
  const [[name, given] = ['', null]] = Object.entries(call.parse(condition));
  switch (name) {
    case 'Condition':
      return holds(scope.template.Conditions?.[String(given)] ?? null, scope);
    case 'Fn::And':
      return z
        .array(z.json())
        .parse(given)
        .every((each) => holds(each, scope));
    case 'Fn::Not':
      return !z
        .array(z.json())
        .parse(given)
        .some((each) => holds(each, scope));
    case 'Fn::Equals': {
      const [left, right] = z.tuple([z.json(), z.json()]).parse(given);
      return resolve(left, scope) === resolve(right, scope);
    }
    default:
      throw new Error(`${name} is not known here`);
  }
}
