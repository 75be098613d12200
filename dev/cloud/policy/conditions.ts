import type { RequestContext } from './context.ts';
import type { Statement } from './document.ts';
import { matchesArn, matchesPattern } from './match.ts';

/** `unknown`: the stand-in cannot tell, with the reason. The caller must turn it into a refusal. */
export type Truth = { is: 'true' } | { is: 'false' } | { is: 'unknown'; why: string };

type Compare = (actual: string, wanted: string) => boolean;

const numbers = (compare: (a: number, b: number) => boolean): Compare => {
  return (a, b) => Number.isFinite(Number(a)) && Number.isFinite(Number(b)) && compare(Number(a), Number(b));
};
const toTime = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
const dates = (compare: (a: number, b: number) => boolean): Compare => {
  return (a, b) => !Number.isNaN(toTime(a)) && !Number.isNaN(toTime(b)) && compare(toTime(a), toTime(b));
};

type Operator = { compare: Compare; negated?: boolean };
const operators: Record<string, Operator> = {
  stringequals: { compare: (a, b) => a === b },
  stringnotequals: { compare: (a, b) => a === b, negated: true },
  stringequalsignorecase: { compare: (a, b) => a.toLowerCase() === b.toLowerCase() },
  stringnotequalsignorecase: { compare: (a, b) => a.toLowerCase() === b.toLowerCase(), negated: true },
  stringlike: { compare: (a, b) => matchesPattern(b, a) },
  stringnotlike: { compare: (a, b) => matchesPattern(b, a), negated: true },
  arnequals: { compare: (a, b) => matchesArn(b, a) },
  arnlike: { compare: (a, b) => matchesArn(b, a) },
  arnnotequals: { compare: (a, b) => matchesArn(b, a), negated: true },
  arnnotlike: { compare: (a, b) => matchesArn(b, a), negated: true },
  bool: { compare: (a, b) => a.toLowerCase() === b.toLowerCase() },
  numericequals: { compare: numbers((a, b) => a === b) },
  numericnotequals: { compare: numbers((a, b) => a === b), negated: true },
  numericlessthan: { compare: numbers((a, b) => a < b) },
  numericlessthanequals: { compare: numbers((a, b) => a <= b) },
  numericgreaterthan: { compare: numbers((a, b) => a > b) },
  numericgreaterthanequals: { compare: numbers((a, b) => a >= b) },
  dateequals: { compare: dates((a, b) => a === b) },
  datenotequals: { compare: dates((a, b) => a === b), negated: true },
  datelessthan: { compare: dates((a, b) => a < b) },
  datelessthanequals: { compare: dates((a, b) => a <= b) },
  dategreaterthan: { compare: dates((a, b) => a > b) },
  dategreaterthanequals: { compare: dates((a, b) => a >= b) },
};

/** Every block must hold (AND); a definite false wins over an unknown. */
export function evaluateConditions(conditions: Statement['Condition'], context: RequestContext): Truth {
  let unknown: Truth | undefined;
  for (const [operatorName, block] of Object.entries(conditions ?? {})) {
    for (const [key, wanted] of Object.entries(block)) {
      const truth = evaluateOne(operatorName, key.toLowerCase(), wanted, context);
      if (truth.is === 'false') return truth;
      if (truth.is === 'unknown') unknown = truth;
    }
  }
  return unknown ?? { is: 'true' };
}

function evaluateOne(operatorName: string, key: string, wanted: string[], context: RequestContext): Truth {
  if (!context.isKnownKey(key)) return { is: 'unknown', why: `the stand-in cannot evaluate the condition key ${key}` };
  const actual = context.values.get(key);
  if (operatorName.toLowerCase() === 'null') return truthOf(wanted.includes('true') === (actual === undefined));

  const set = /^(ForAllValues|ForAnyValue):(.+)$/i.exec(operatorName);
  const rest = set?.[2] ?? operatorName;
  const ifExists = /IfExists$/i.test(rest);
  const operator = operators[rest.replace(/IfExists$/i, '').toLowerCase()];
  if (operator === undefined)
    return { is: 'unknown', why: `the stand-in cannot evaluate the operator ${operatorName}` };

  const patterns: string[] = [];
  for (const text of wanted) {
    const filled = fillVariables(text, context);
    if (filled.unknown !== undefined) return { is: 'unknown', why: filled.unknown };
    if (filled.text !== undefined) patterns.push(filled.text);
  }
  const one = (value: string): boolean =>
    patterns.some((pattern) => operator.compare(value, pattern)) !== (operator.negated ?? false);

  const mode = set?.[1]?.toLowerCase();
  if (mode === 'forallvalues') return truthOf((actual ?? []).every(one));
  if (mode === 'foranyvalue') return truthOf((actual ?? []).some(one));
  // A missing key: negated operators hold, the others do not, …IfExists always holds.
  if (actual === undefined) return truthOf(ifExists || (operator.negated ?? false));
  return truthOf(operator.negated === true ? actual.every(one) : actual.some(one));
}

function truthOf(value: boolean): Truth {
  return value ? { is: 'true' } : { is: 'false' };
}

/** Fills `${aws:PrincipalTag/x}` and the like. A known but absent variable matches nothing: `text` is then undefined. */
export function fillVariables(text: string, context: RequestContext): { text?: string; unknown?: string } {
  let absent = false;
  let unknown: string | undefined;
  const filled = text.replaceAll(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    if (name === '*' || name === '?' || name === '$') return name;
    const key = name.toLowerCase();
    const value = context.values.get(key)?.[0];
    if (value !== undefined) return value;
    if (!context.isKnownKey(key)) unknown = `the stand-in cannot fill the policy variable ${name}`;
    absent = true;
    return '';
  });
  if (unknown !== undefined) return { unknown };
  return absent ? {} : { text: filled };
}
