import * as z from 'zod';
import { type Json, type JsonObject, LandfallError } from '../../contract/index.ts';
import type { Template } from '../cloudformation/template.ts';

export type Made = { id: string; type: string; properties: JsonObject };

const call = z.record(z.string(), z.json());
const text = z.string();
const absent = Symbol('AWS::NoValue');
type Value = Json | typeof absent;

/**
 * The resources that the template makes with its defaults, their functions filled in as CloudFormation would. Only a key's ARN
 * is not known beforehand: it stays a name (`${STATE_KEY}`), which the guide remembers.
 */
export function resolveTemplate(template: Template, pseudo: Readonly<Record<string, string>>): Made[] {
  const values: Record<string, string> = { ...pseudo };
  for (const [name, { Default = '' }] of Object.entries(template.Parameters)) values[name] = Default;
  const scope = new Scope(template, values);
  return Object.entries(template.Resources).flatMap(([id, { Type, Condition, Properties }]) => {
    if (Condition !== undefined && !scope.holds({ Condition })) return [];
    const properties = call.parse(scope.resolve(Properties));
    return [{ id, type: Type, properties }];
  });
}

class Scope {
  private readonly template: Template;
  private readonly values: Readonly<Record<string, string>>;

  constructor(template: Template, values: Readonly<Record<string, string>>) {
    this.template = template;
    this.values = values;
  }

  resolve(value: Json): Value {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== absent);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, given] = ['', null]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return this.call(name, given);
    const resolved = entries.map(([key, item]) => [key, this.resolve(item)] as const);
    return Object.fromEntries(resolved.flatMap(([key, item]) => (item === absent ? [] : [[key, item]])));
  }

  holds(condition: Json): boolean {
    const [[name, given] = ['', null]] = Object.entries(call.parse(condition));
    switch (name) {
      case 'Condition':
        return this.holds(this.template.Conditions?.[text.parse(given)] ?? null);
      case 'Fn::And':
        return z
          .array(z.json())
          .parse(given)
          .every((each) => this.holds(each));
      case 'Fn::Not':
        return !z
          .array(z.json())
          .parse(given)
          .some((each) => this.holds(each));
      case 'Fn::Equals': {
        const [left, right] = z.tuple([z.json(), z.json()]).parse(given);
        return this.resolve(left) === this.resolve(right);
      }
      default:
        throw unknown(name);
    }
  }

  private call(name: string, given: Json): Value {
    switch (name) {
      case 'Ref':
        return given === 'AWS::NoValue' ? absent : this.valueOf(text.parse(given));
      case 'Fn::GetAtt':
        return this.valueOf(z.array(z.string()).parse(given).join('.'));
      case 'Fn::If': {
        const [condition, then, otherwise] = z.tuple([z.string(), z.json(), z.json()]).parse(given);
        return this.resolve(this.holds({ Condition: condition }) ? then : otherwise);
      }
      case 'Fn::Sub':
        return this.substitute(given);
      default:
        throw unknown(name);
    }
  }

  private substitute(given: Json): string {
    const [pattern, own] = typeof given === 'string' ? [given, {}] : z.tuple([text, call]).parse(given);
    return pattern.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, key: string) => {
      if (literal === '!') return `\${${key}}`;
      const value = Object.hasOwn(own, key) ? this.resolve(own[key] ?? null) : this.valueOf(key);
      return text.parse(value);
    });
  }

  /** A parameter, or what stands for a resource: a bucket's name and ARN, a policy's ARN, a key by its remembered name. */
  private valueOf(name: string): string {
    const value = this.values[name];
    if (value !== undefined) return value;
    const [id = '', attribute] = name.split('.');
    const resource = this.template.Resources[id];
    const partition = this.values['AWS::Partition'] ?? 'aws';
    switch (resource?.Type) {
      case 'AWS::KMS::Key':
        return `\${${id.replace(/Key$/, '').toUpperCase()}_KEY}`;
      case 'AWS::S3::Bucket': {
        const bucket = text.parse(this.resolve(resource.Properties['BucketName'] ?? ''));
        return attribute === 'Arn' ? `arn:${partition}:s3:::${bucket}` : bucket;
      }
      case 'AWS::IAM::ManagedPolicy': {
        const policy = text.parse(this.resolve(resource.Properties['ManagedPolicyName'] ?? ''));
        return `arn:${partition}:iam::${this.values['AWS::AccountId'] ?? ''}:policy/${policy}`;
      }
      default:
        throw unknown(name);
    }
  }
}

function unknown(name: string): LandfallError {
  return new LandfallError('LF-TEMPLATES-001', `${name} cannot be filled in for the guide`);
}
