import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { baseModuleVariables } from '../stacks/index.ts';

const page = join(import.meta.dirname, '..', 'docs', 'install-aws.md');
const update = process.env['UPDATE_GOLDEN'] === '1';
const between = /(<!-- options: [^>]*-->\n)([\s\S]*?)(<!-- end of options -->)/;

function table(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  const rows = Object.entries(baseModuleVariables).map(([name, { description, default: fallback }]) => {
    const value = fallback === undefined ? 'needed' : `\`${JSON.stringify(fallback)}\``;
    return `| \`${name}\` | ${cell(description)} | ${cell(value)} |`;
  });
  return `\n| option | | default |\n|---|---|---|\n${rows.join('\n')}\n\n`;
}

it('docs/install-aws.md names every option of the base module (UPDATE_GOLDEN=1 writes them)', () => {
  const text = readFileSync(page, 'utf8');
  if (update)
    writeFileSync(
      page,
      text.replace(between, (_, start: string, __, end: string) => start + table() + end),
    );
  expect(between.exec(readFileSync(page, 'utf8'))?.[2]).toBe(table());
});
