import { chmod, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, LandfallError, type TerraformComponent } from '../../../contract/index.ts';
import { writeCliConfig } from '../../../engines/index.ts';
import { requireRoom } from '../../guards/disk-space.ts';
import type { Mirror } from '../../ports.ts';
import { sizeOf } from './folder-size.ts';
import { type ModuleGuards, requireOrdinaryFiles } from './module-guards.ts';
import { createProviderCache } from './provider-cache.ts';

/** `module` is where the engine runs and is new each time; `base` is the component's own and stays beside it while something of it must be kept. */
export type Workspace = { base: string; module: string; cliConfig: string; planFile: string };

export type Workspaces = {
  /** The module in an empty folder, its providers from the mirror alone, `override` as the backend. Nothing of an earlier run is left, but a state that could not be written. */
  open(component: TerraformComponent, override: JsonObject, signal: AbortSignal): Promise<Workspace>;
  /** Removes everything but a state that could not be written. */
  close(workspace: Workspace, component: TerraformComponent): Promise<void>;
};

export type WorkspaceOptions = {
  mirror: Pick<Mirror, 'fetchModule' | 'fetchProviders'>;
  workDir: string;
  /** In memory, for what holds secrets: saved plans. Default: the component's own folder. */
  privateDir?: string | undefined;
  /** What providers may take on disk, in bytes. */
  cacheBytes: number;
  guards?: Pick<ModuleGuards, 'files'> | undefined;
};

/** As the engine names it. */
const errored = 'errored.tfstate';
const moduleAtMost = 256 * 1024 ** 2;
/** An archive with what comes out of it: text. */
const unpackedPerPacked = 10;

/** A workspace lives as long as it is used, and all share one cache of providers, which is bounded. */
export function createWorkspaces(options: WorkspaceOptions): Workspaces {
  const { mirror, workDir, privateDir, cacheBytes, guards = {} } = options;
  const root = join(workDir, 'terraform');
  const cache = createProviderCache({ mirror, dir: join(root, 'providers'), atMost: cacheBytes });
  let swept: Promise<void> | undefined;
  /** Into a folder of its own first: what lies in `module` and looks like a state that could not be written is one. */
  const taken = async (component: TerraformComponent, base: string, module: string, signal: AbortSignal) => {
    const fetched = join(base, 'fetched');
    await rm(fetched, { recursive: true, force: true });
    await mkdir(fetched, { recursive: true, mode: 0o700 });
    try {
      await requireRoom(base, component.module.size * unpackedPerPacked, `the module of ${component.name}`);
      await mirror.fetchModule(component.module, fetched, signal);
      const bytes = await sizeOf(fetched);
      if (bytes > moduleAtMost) {
        throw new LandfallError('LF-RUNNER-164', `the module of ${component.name} has ${bytes} bytes`);
      }
      if (guards.files !== false) await requireOrdinaryFiles(component.name, fetched);
      await rename(fetched, module);
    } finally {
      await rm(fetched, { recursive: true, force: true });
    }
  };
  return {
    open: async (component, override, signal) => {
      // Not done by a sweep that failed: the next to open a workspace tries again.
      await (swept ??= sweep(root).catch((error: unknown) => {
        swept = undefined;
        throw error;
      }));
      const base = join(root, component.name);
      const module = join(base, 'module');
      const cliConfig = join(base, 'tofu.rc');
      await emptied(base, module);
      await taken(component, base, module, signal);
      await cache.take(component.providers, component.name, signal);
      await writeCliConfig(cliConfig, { filesystemMirror: cache.dir });
      const text = `${JSON.stringify(override, null, 2)}\n`;
      await writeFile(join(module, 'landfall_backend_override.tf.json'), text);
      const planFile =
        privateDir === undefined ? join(base, 'landfall.plan') : join(privateDir, `${component.name}.plan`);
      return { base, module, cliConfig, planFile };
    },
    close: async ({ base, module, cliConfig, planFile }, { name }) => {
      await rm(planFile, { force: true }); // It holds secrets.
      cache.release(name);
      await emptied(base, module);
      await rm(cliConfig, { force: true });
    },
  };
}

/** States that could not be written, oldest serial first: files of whoever closes or opens a workspace. */
export async function unwrittenStates(base: string): Promise<string[]> {
  const folder = join(base, 'errored');
  const files = await readdir(folder).catch((): string[] => []);
  return files.sort().map((file) => join(folder, file));
}

/** Whether the engine has left a state that it could not write. */
export async function leftState({ module }: Workspace): Promise<boolean> {
  return (await lstat(join(module, errored)).catch(() => null)) !== null;
}

/**
 * The module's folder goes, but first what the engine leaves in it when it cannot write the state at the end of an apply: the only trace of what was
 * made. It is moved aside under its time, so that nothing ever takes its place.
 */
async function emptied(base: string, module: string): Promise<void> {
  const file = join(module, errored);
  const found = await lstat(file).catch(() => null);
  if (found?.isFile() === true) {
    await mkdir(join(base, 'errored'), { recursive: true, mode: 0o700 });
    await chmod(file, 0o600);
    await rename(file, join(base, 'errored', `${Math.trunc(found.mtimeMs).toString().padStart(15, '0')}.tfstate`));
  }
  await rm(module, { recursive: true, force: true, maxRetries: 5 });
}

/** Once in a runner's life: what runners that were killed have left. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root).catch((): string[] => [])) {
    if (name === 'providers') continue;
    const base = join(root, name);
    await emptied(base, join(base, 'module'));
    await rm(join(base, 'landfall.plan'), { force: true });
    if ((await unwrittenStates(base)).length === 0) await rm(base, { recursive: true, force: true });
  }
}
