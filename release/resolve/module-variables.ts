import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';

/** HCL's comments and block headers: a name may stand without quotes, and what is commented out is not declared. */
const comment = /\/\*[\s\S]*?\*\/|(?:^|\s)(?:#|\/\/).*$/gm;
const header = /^\s*variable\s+"?([A-Za-z_][\w-]*)"?\s*\{/gm;
/** One object, or a list of them, as Terraform's JSON syntax has it. */
const declared = z.record(z.string(), z.unknown());
const jsonSchema = z.looseObject({ variable: z.union([declared, z.array(declared)]).optional() });

/** Names of the variables that a module's folder declares, sorted. Files in folders below are modules of their own. */
export async function moduleVariables(dir: string): Promise<string[]> {
  const files = (await readdir(dir)).filter((name) => /\.(?:tf|tofu)(?:\.json)?$/.test(name));
  const names = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(dir, file), 'utf8');
      return file.endsWith('.json') ? namesInJson(text, file) : namesInHcl(text);
    }),
  );
  return [...new Set(names.flat())].sort();
}

/** A secret for a variable that is not there would be handed to the engine and silently used for nothing. */
export async function requireVariables(dir: string, component: string, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const names = await moduleVariables(dir);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  const there = names.length === 0 ? 'none' : names.join(', ');
  const message = `secretVariables of ${component} names ${unknown.join(', ')}, which its module does not declare; it declares ${there}`;
  throw new LandfallError('LF-RELEASE-016', message);
}

function namesInHcl(text: string): string[] {
  return [...text.replaceAll(comment, '').matchAll(header)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function namesInJson(text: string, file: string): string[] {
  try {
    const { variable } = jsonSchema.parse(JSON.parse(text));
    return [variable ?? []].flat().flatMap((each) => Object.keys(each));
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-004', `${file} of the module is not Terraform's JSON`, { cause });
  }
}
