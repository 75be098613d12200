import { assumptions } from './forecast/assumptions.ts';
import type { Forecast } from './forecast/forecast.ts';
import { cents } from './forecast/items.ts';
import type { PreflightReport } from './preflight.ts';
import type { CheckResult } from './result.ts';

const marks = { pass: 'ok', warn: 'warning', fail: 'FAILS', 'not-visible': 'not seen' } as const;

/** The report for people: one line for each check, what to do below it, then the forecast. */
export function reportLines({ checks, forecast, apiCalls }: PreflightReport): string[] {
  return [
    ...checks.flatMap(checkLines),
    '',
    ...forecastLines(forecast),
    '',
    `${summary(checks)}. ${apiCalls.total} calls to AWS, all of them reads.`,
  ];
}

function checkLines({ status, title, found, needed, why, remedy }: CheckResult): string[] {
  const line = `${marks[status].padEnd(9)} ${title.padEnd(44)} ${found}`;
  if (remedy === '') return [line];
  const indent = ' '.repeat(10);
  return [line, `${indent}needed: ${needed}. ${why}`, `${indent}do: ${remedy}`];
}

function forecastLines(forecast: Forecast): string[] {
  const { items, monthly, region, pricesAsOf, pricesAgeDays, leftOut } = forecast;
  const width = Math.max(0, ...items.map(({ name }) => name.length));
  const known = items.reduce((sum, item) => sum + (item.monthly ?? 0), 0);
  const total = monthly === undefined ? `at least ${money(known)}` : money(monthly);
  return [
    `Price of a month in ${region}, USD. ${forecast.note}`,
    `Prices of ${pricesAsOf}${pricesAgeDays > 180 ? `, ${pricesAgeDays} days old: look at https://calculator.aws` : ''}.`,
    ...items.map(({ name, quantity, unit, unitPrice, monthly: sum }) => {
      const price = unitPrice === undefined ? 'no price' : String(Number(unitPrice.toPrecision(4)));
      const cost = sum === undefined ? '?' : money(sum);
      return `  ${name.padEnd(width)} ${String(cents(quantity)).padStart(9)} ${unit.padEnd(7)} × ${price.padEnd(9)}${cost.padStart(9)}`;
    }),
    ...(items.length === 0 ? [] : [`  ${'all'.padEnd(width)} ${' '.repeat(28)}${total.padStart(9)}`]),
    'Assumed (give others with --assume name=number):',
    ...Object.entries(assumptions).map(([name, { text }]) => `  ${name}=${valueOf(forecast, name)}: ${text}`),
    ...leftOut.map((text) => `  not in it: ${text}`),
  ];
}

function valueOf({ assumptions: given }: Forecast, name: string): number | undefined {
  return Object.entries(given).find(([key]) => key === name)?.[1];
}

function money(amount: number): string {
  return amount.toFixed(2);
}

function summary(checks: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']): number => checks.filter((check) => check.status === status).length;
  return `${count('pass')} ok, ${count('warn')} warnings, ${count('fail')} fail, ${count('not-visible')} not seen`;
}
