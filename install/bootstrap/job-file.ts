import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type JsonObject, LandfallError, parseJson } from '../../contract/index.ts';
import { type InstallFile, installFileSchema } from '../install-file.ts';

/** What the job is told: the install file, and the texts of the files that it names. Nothing secret. */
const jobFileSchema = z.strictObject({ file: installFileSchema, texts: z.record(z.string(), z.string().max(100_000)) });

/** The install file as one document, for a job that has no files beside it. */
export async function jobFileOf(file: InstallFile): Promise<JsonObject> {
  if ('path' in file.runner.chart) {
    throw new LandfallError(
      'LF-TEMPLATES-004',
      `runner.chart is the path ${file.runner.chart.path}; the job has no files of yours`,
    );
  }
  const { readText, pathOf: _, ...plain } = file;
  const named = [
    plain.controlPlane.caFile,
    plain.vendorRegistry.caFile,
    plain.accountRegistryCaFile,
    plain.extraCaFile,
    ...plain.trust.releaseKeyFiles,
    ...plain.trust.desiredStateKeyFiles,
  ].filter((path) => path !== undefined);
  const texts = await Promise.all(named.map(async (path) => [path, await readText(path)] as const));
  return {
    file: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(plain))),
    texts: Object.fromEntries(texts),
  };
}

export async function readJobFile(path: string): Promise<InstallFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new LandfallError('LF-TEMPLATES-005', `the job's configuration ${path} cannot be read`, { cause });
  });
  const { file, texts } = parseJson(bytes, jobFileSchema, "the job's configuration", { bytes: 1_000_000, depth: 40 });
  return {
    ...file,
    pathOf: (name) => name,
    readText: (name) => {
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (text !== undefined) return Promise.resolve(text);
      throw new LandfallError('LF-TEMPLATES-005', `the job's configuration names ${name} and does not hold it`);
    },
  };
}
