import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateReference } from '../dev/reference/generate.ts';

it.each(Object.entries(generateReference()))(
  'docs/reference/%s says what the code says (else run: npm run dev -- reference)',
  (name, content) => {
    expect(readFileSync(join(import.meta.dirname, '..', 'docs', 'reference', name), 'utf8')).toBe(content);
  },
);
