import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

const configuration = /\.(?:tf|tofu)(?:\.json)?$/;
/** Both engines merge these over all other files, by name and the last one last; of `x.tf` and `x.tofu` OpenTofu reads the second alone. */
const overrides = /(?:^|_)override\.(?:tf|tofu)(?:\.json)?$/;
/** The words without which nothing is encrypted by OpenTofu: blocks, and the arguments of the one method that needs none. A name cannot be escaped. */
const encryption = /\b(?:key_provider(?!\s*=)|encrypt_command|decrypt_command)\b/;

/**
 * What at the top of a module's folder would have a say in where its state is kept, or how: a file with the reason, or null. No file may that is for
 * somebody else to run. Folders below are modules of their own, which have no such say.
 */
export async function findStateSettings(dir: string): Promise<{ file: string; why: string } | null> {
  const files = (await readdir(dir)).filter((name) => configuration.test(name)).sort();
  for (const file of files) {
    if (overrides.test(file)) return { file, why: 'an override file, which can move its state to another place' };
    const [word] = encryption.exec(unescaped(await readFile(join(dir, file), 'utf8'))) ?? [];
    if (word !== undefined)
      return { file, why: `it encrypts its state (${word}), which runs a program before any plan` };
  }
  return null;
}

const removedBlock = { native: /\bremoved\s*[{/]/, json: /"removed"\s*:/ };
const provisionerBlock = /\bprovisioner\b(?:\s*"?(file|local-exec|remote-exec)"?\s*\{)?/g;

/**
 * Provisioners of `removed` blocks run programs when what they name is destroyed, and no plan tells of them. So every provisioner in a file with such a
 * block counts, in any folder: comments too, so that nothing can be hidden in one. The type is null where it is not plainly written.
 */
export async function removedProvisioners(dir: string): Promise<{ file: string; type: string | null }[]> {
  const all = (await readdir(dir, { recursive: true })).filter((name) => configuration.test(name)).sort();
  const files = all.filter((name) => name.split(sep)[0] !== '.terraform');
  const found = await Promise.all(
    files.map(async (file) => {
      const text = unescaped(await readFile(join(dir, file), 'utf8'));
      const block = file.endsWith('.json') ? removedBlock.json : removedBlock.native;
      if (!block.test(text)) return [];
      return [...text.matchAll(provisionerBlock)].map(([, type]) => ({ file, type: type ?? null }));
    }),
  );
  return found.flat();
}

/** Of the JSON syntax. In the other one a name that was escaped would be none. */
function unescaped(text: string): string {
  return text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
