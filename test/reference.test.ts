import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateReference } from '../dev/reference/generate.ts';
import { policyCrd } from '../dev/reference/policy-crd.ts';

it.each(Object.entries(generateReference()))(
  'docs/reference/%s says what the code says (else run: npm run dev -- reference)',
  (name, content) => {
    expect(readFileSync(join(import.meta.dirname, '..', 'docs', 'reference', name), 'utf8')).toBe(content);
  },
);

it('the CRD of the RunnerPolicy is the schema that the runner reads it with (else run: npm run dev -- reference)', () => {
  const crd = join(import.meta.dirname, '..', 'charts', 'runner', 'crds', 'runnerpolicies.yaml');
  expect(readFileSync(crd, 'utf8')).toBe(policyCrd());
});
