import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { synthesise } from '../../stacks/index.ts';
import { interfaceEndpoints } from './forecast/items.ts';
import { moduleKubernetesVersion } from './wanted-of.ts';

let outDir: string;
let module: string;
beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'lf-wanted-'));
  const { dir } = await synthesise({ stack: 'base', outDir });
  module = readFileSync(join(dir, 'cdk.tf.json'), 'utf8');
});
afterAll(() => rm(outDir, { recursive: true, force: true }));

it('takes the version of Kubernetes that the base module takes', () => {
  expect(JSON.parse(module)).toMatchObject({ variable: { kubernetes_version: { default: moduleKubernetesVersion } } });
});

it('counts the private endpoints that the base module makes', () => {
  const { locals } = z.object({ locals: z.object({ endpoints: z.string() }) }).parse(JSON.parse(module));
  expect(locals.endpoints.match(/"[a-z0-9.-]+"/g)).toHaveLength(interfaceEndpoints);
});
