import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { LandfallError, parseValue } from '../../contract/index.ts';
import type { CopyWish } from './run-mirror.ts';

const fileSchema = z.strictObject({
  copy: z
    .array(
      z.strictObject({
        /** `registry/repository:tag`, better `@sha256:...`, or `oci:<folder>`, `oci-archive:<file>`. */
        source: z.string().max(1024),
        /** `registry/repository[:tag]` or `oci:<folder>[:tag]`, `oci-archive:<file>[:tag]`. */
        destination: z.string().max(1024),
        platforms: z.array(z.string().max(64)).max(20).optional(),
        referrers: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(10_000),
});

export async function readSyncFile(path: string): Promise<readonly CopyWish[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-005', `${path} (--file) cannot be read`, { cause });
  });
  try {
    return parseValue(await parseText(text), fileSchema, path).copy;
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    throw new LandfallError('LF-CLI-010', `${path} cannot be read as YAML`, { cause });
  }
}

/** JSON is YAML, and read fifty times as fast where it is a list of thousands. */
async function parseText(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: 0 });
  }
}
