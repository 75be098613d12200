import {
  compileHealthExpression,
  type CompiledExpression,
  type HealthExpression,
  LandfallError,
} from '../../contract/index.ts';
import type { KubeObject, KubeType } from '../kubernetes/index.ts';
import { runBounded } from './bounded-run.ts';
import { failed, type Health, healthy, progressing } from './health.ts';

/** How one kind is judged by its product. */
export type KindRule = (object: KubeObject) => Health;

/** Milliseconds for the expressions of one object together. */
const longestMs = 100;

/** The rules of a component, by kind. An expression that cannot be used is the release's fault (LF-RUNNER-170). */
export function kindRules(expressions: readonly HealthExpression[]): (type: KubeType) => KindRule | undefined {
  const compiled = new Map(expressions.map((rule) => [keyOf(rule), compileRule(rule)]));
  return (type) => compiled.get(keyOf(type));
}

function compileRule(rule: HealthExpression): KindRule {
  const { failed: fails, progressing: goesOn } = rule;
  const [isGoingOn, hasFailed, isHealthy] = [
    goesOn === undefined ? null : compile(rule, goesOn),
    fails === undefined ? null : compile(rule, fails),
    compile(rule, rule.healthy),
  ];
  return (object) => {
    const name = `${object.kind} ${object.metadata.name}`;
    try {
      return runBounded((): Health => {
        const self = toCel(object);
        const troubles: string[] = [];
        const holds = (expression: CompiledExpression | null): boolean =>
          expression !== null && isTrue(expression, self, troubles);
        if (holds(isGoingOn)) return progressing(`${name} is on its way`);
        if (holds(hasFailed)) return failed(`${name} has failed, as its own rule says`);
        if (holds(isHealthy)) return healthy;
        const why = troubles[0] === undefined ? '' : ` (${troubles[0]})`;
        return progressing(`${name} is not healthy yet, as its own rule says${why}`);
      }, longestMs);
    } catch (error) {
      return progressing(`${name}: its own rule came to no end: ${messageOf(error)}`);
    }
  };
}

function compile(rule: HealthExpression, text: string): CompiledExpression {
  try {
    return compileHealthExpression(text);
  } catch (error) {
    const message = `the health expression for ${rule.apiVersion} ${rule.kind} cannot be used: ${messageOf(error)}`;
    throw new LandfallError('LF-RUNNER-170', message, { cause: error });
  }
}

/** What is not there yet is no error: status comes late. Any other error is told, and the expression is not true. */
function isTrue(expression: CompiledExpression, self: unknown, troubles: string[]): boolean {
  try {
    const value = expression(self);
    if (typeof value !== 'boolean') troubles.push('it gives neither true nor false');
    return value === true;
  } catch (error) {
    troubles.push(messageOf(error));
    return false;
  }
}

/** Whole numbers are ints in CEL; JSON has only one kind of numbers. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
}

function keyOf({ apiVersion, kind }: KubeType): string {
  return `${apiVersion}/${kind}`;
}

/** Its first line: the rest points into the expression. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? text).slice(0, 200);
}
