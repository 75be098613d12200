import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { awsManagedPolicies } from '../../stacks/index.ts';
import { permissionsPage } from '../../dev/reference/permissions-page.ts';

it('docs/permissions.md says what the statements say (else run: npm run dev -- reference)', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'permissions.md'), 'utf8');
  expect(page).toBe(permissionsPage());
});

it('the account stack attaches the policies of AWS that the page names, and no others', () => {
  const stack = readFileSync(join(import.meta.dirname, '..', 'golden', 'stacks', 'account.tf.json'), 'utf8');
  const attached = [...stack.matchAll(/iam::aws:policy\/([\w/-]+)/g)].map(([, name = '']) => name);
  expect(attached.toSorted()).toEqual(Object.values(awsManagedPolicies).flat().toSorted());
});
