import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { permissionsPage } from '../../dev/reference/permissions-page.ts';

it('docs/permissions.md says what the statements say (else run: npm run dev -- reference)', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'permissions.md'), 'utf8');
  expect(page).toBe(permissionsPage());
});
