import { readdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { LandfallError } from '../../../contract/index.ts';
import { findStateSettings, foreignModules, initialisedBackend } from '../../../engines/index.ts';
import type { BackendOverride } from './backend.ts';

/** For the twins of the tests alone: the guard named is off. Never in the product. */
export type ModuleGuards = {
  readonly files?: false;
  readonly backend?: false;
  readonly modules?: false;
  readonly programs?: false;
};

/**
 * Before the engine sees it: a module holds nothing by which it, and not the runner, would say where its state is, which one is in use, or what is
 * in it. That would be lost with the work folder, or be the vendor's to write. A release is packed without such files.
 */
export async function requireOrdinaryFiles(component: string, dir: string): Promise<void> {
  const hidden = (await readdir(dir)).sort().find((name) => name.startsWith('.') || /\.tfstate(?:\.|$)/.test(name));
  const found =
    hidden === undefined ? await findStateSettings(dir) : { file: hidden, why: 'what an engine keeps for itself' };
  if (found === null) return;
  const message = `the module of ${component} holds ${found.file}: ${found.why}; nothing was planned`;
  throw new LandfallError('LF-RUNNER-167', message);
}

/** After `init`: the backend is the one that was asked for, with its settings and no others, whichever way a module may have found. */
export async function requireBackend(component: string, dir: string, asked: BackendOverride): Promise<void> {
  const found = await initialisedBackend(dir);
  const [[type, config] = ['', {}]] = Object.entries(asked.terraform.backend);
  if (found !== null && isDeepStrictEqual(found, { type, config })) return;
  const settings = Object.keys({ ...config, ...found?.config });
  const differ = settings.filter((name) => !isDeepStrictEqual(found?.config[name], config[name]));
  const told = found?.type === type ? `other settings (${differ.sort().join(', ')})` : (found?.type ?? 'a local file');
  const message = `the module of ${component} has its state in ${told}, and not where the runner keeps it; nothing was planned`;
  throw new LandfallError('LF-RUNNER-167', message);
}

/** After `init`, too, which fetches modules and runs nothing of them: their text is all of the release's own. */
export async function requireOwnModules(component: string, dir: string): Promise<void> {
  const foreign = await foreignModules(dir);
  if (foreign.length > 0) throw foreignModule(component, foreign.map((call) => `module.${call}`).join(', '));
}

/** Where the network lets nobody fetch one, the module is refused all the same: to wait for that would be to wait for ever. Null: `init` failed otherwise. */
export function refusedFetch(component: string, error: unknown): LandfallError | null {
  const asked = /remote module registry|(?:failed to|could not) download module/i;
  if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-020' || !asked.test(error.message)) return null;
  return foreignModule(component, 'a module that could not be fetched');
}

function foreignModule(component: string, what: string): LandfallError {
  const message = `the module of ${component} takes ${what} from outside of the release; nothing was planned`;
  return new LandfallError('LF-RUNNER-168', message);
}
