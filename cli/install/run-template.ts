import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import { accountInputs, baseInputs, type InstallFile, jobFileOf, readInstallFile } from '../../install/index.ts';
import { type Files, guideByHand, installTemplates, quickCreateUrl, terraformModule } from '../../templates/index.ts';
import { createOutput } from '../host/output.ts';

export type InstallTemplateOptions = {
  file: string;
  out: string;
  bootstrapImage?: string;
  templateUrl?: string;
  json?: boolean;
};

/** Writes everything; asks no cloud and needs no credentials. */
export async function runInstallTemplate(options: InstallTemplateOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const account = accountInputs(file);
  const templates = installTemplates(account, await bootstrapOf(file, options.bootstrapImage));
  const modules = await terraformModule(account, baseInputs(file), file.permissions);
  const files: Files = Object.fromEntries(
    Object.entries(modules).map(([path, text]) => [join('terraform', path), text]),
  );
  files['by-hand.md'] = guideByHand(account, baseInputs(file));
  for (const [name, template] of Object.entries(templates))
    files[`${name}.json`] = `${JSON.stringify(template, null, 2)}\n`;

  const links: Record<string, string> = {};
  if (options.templateUrl !== undefined) {
    const folder = options.templateUrl.replace(/\/+$/, '');
    for (const [name, template] of Object.entries(templates)) {
      links[name] = quickCreateUrl({
        region: file.region,
        templateUrl: `${folder}/${name}.json`,
        stackName: `${name}-${file.install}`,
        template,
        // The token is asked for at the last moment and put into the link by whoever sends it.
        parameters: name === 'landfall-bootstrap' ? { JoinToken: 'PUT-THE-JOIN-TOKEN-HERE' } : {},
      });
    }
    files['quick-create.txt'] = Object.entries(links)
      .map(([name, url]) => `${name}\n${url}\n`)
      .join('\n');
  }
  await writeAll(options.out, files);
  output.result({ out: options.out, files: Object.keys(files), links }, [
    ...Object.keys(files).map((path) => join(options.out, path)),
    ...Object.entries(links).map(([name, url]) => `${name}: ${url}`),
  ]);
}

async function writeAll(out: string, files: Files): Promise<void> {
  try {
    for (const [path, text] of Object.entries(files)) {
      const target = join(out, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  } catch (cause) {
    throw new LandfallError('LF-CLI-005', `the files cannot be written into ${out}`, { cause });
  }
}

/** Only where the job inside the account installs; a vendor's principal from outside needs none. */
async function bootstrapOf(
  file: InstallFile,
  image: string | undefined,
): Promise<Parameters<typeof installTemplates>[1]> {
  if ('principal' in file.access) return undefined;
  if (image === undefined) {
    throw new LandfallError('LF-TEMPLATES-004', 'access names a job inside the account: --bootstrap-image is needed');
  }
  if (!/^[^@\s]+@sha256:[0-9a-f]{64}$/.test(image)) {
    const text = `--bootstrap-image ${image} is not given by digest (<registry>/<name>@sha256:<64 hex digits>)`;
    throw new LandfallError('LF-TEMPLATES-004', `${text}: a tag could lead to another image later`);
  }
  return { image, config: await jobFileOf(file), ...(file.proxy === undefined ? {} : { proxy: file.proxy }) };
}
