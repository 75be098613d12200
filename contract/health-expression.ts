import { Environment } from '@marcbachmann/cel-js';
import type { HealthExpression } from './health.ts';

/** `self` as the API server gives it, whole numbers as bigint: they are CEL's ints. Throws what CEL throws: a key that is not there, above all. */
export type CompiledExpression = (self: unknown) => unknown;

// Limits of what is written; how long it may run is bounded where it runs.
const environment = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 24, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 },
}).registerVariable('self', 'map');

/** Throws an Error whose message is for whoever wrote the expression. */
export function compileHealthExpression(expression: string): CompiledExpression {
  const { valid, type, error } = environment.check(expression);
  if (!valid) throw new Error(firstLine(error?.message ?? 'it is no CEL expression'));
  if (type !== 'bool' && type !== 'dyn') throw new Error(`it gives ${type}, expected true or false`);
  // The library gives `any`; whoever evaluates looks at what it is.
  const parsed: (context: { self: unknown }) => unknown = environment.parse(expression);
  return (self) => parsed({ self });
}

export type ExpressionFault = { index: number; field: 'healthy' | 'failed' | 'progressing' | 'kind'; message: string };

/** What is wrong with the expressions of a component; `release build` refuses them by it. */
export function faultsOfExpressions(expressions: readonly HealthExpression[]): ExpressionFault[] {
  const fields = ['healthy', 'failed', 'progressing'] as const;
  return expressions.flatMap((rule, index): ExpressionFault[] => {
    const twice = expressions.slice(0, index).some((other) => sameKind(other, rule));
    const message = `${rule.apiVersion} ${rule.kind} has expressions already`;
    const double: ExpressionFault[] = twice ? [{ index, field: 'kind', message }] : [];
    // Their contents are never read.
    const secret: ExpressionFault[] =
      rule.kind === 'Secret' ? [{ index, field: 'kind', message: 'Secrets are not looked into' }] : [];
    return [...double, ...secret, ...fields.flatMap((field) => faultOf(rule[field], index, field))];
  });
}

function faultOf(expression: string | undefined, index: number, field: ExpressionFault['field']): ExpressionFault[] {
  if (expression === undefined) return [];
  try {
    compileHealthExpression(expression);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ index, field, message: `not a usable CEL expression: ${message}` }];
  }
}

function sameKind(a: HealthExpression, b: HealthExpression): boolean {
  return a.apiVersion === b.apiVersion && a.kind === b.kind;
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
