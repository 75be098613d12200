import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonObjectSchema } from '../../contract/index.ts';

const overrideSchema = z.object({ terraform: z.object({ backend: z.record(z.string(), jsonObjectSchema) }) });

/** Leaves in the work folder what an engine's `init` leaves there of the backend. */
export function fakeInit(workDir: string): void {
  const text = readFileSync(join(workDir, 'landfall_backend_override.tf.json'), 'utf8');
  const [[type, config] = ['', {}]] = Object.entries(overrideSchema.parse(JSON.parse(text)).terraform.backend);
  mkdirSync(join(workDir, '.terraform'), { recursive: true });
  const backend = { type, config: { ...config, endpoints: null }, hash: 1 };
  writeFileSync(join(workDir, '.terraform/terraform.tfstate'), JSON.stringify({ version: 3, backend }));
}
