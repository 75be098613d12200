import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../contract/index.ts';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';

export type TofuInit = {
  /** Settings of the backend, without secrets (those are the cloud's own variables in `env`). Written into the work folder. */
  readonly backendConfig?: JsonObject;
  /** More files with backend settings. */
  readonly backendConfigFiles?: readonly string[];
  /** `false`: no backend at all, to validate only. */
  readonly backend?: false;
  /** What to do when the backend differs from the last init. Default `reconfigure`; `migrate` copies the state over. */
  readonly onBackendChange?: 'reconfigure' | 'migrate';
  /** Refuse to write the dependency lock file: for configurations that bring a complete one. */
  readonly lockfile?: 'readonly';
};

const backendFile = 'landfall.backend.json';

export async function init(options: TofuOptions, request: TofuInit, call: TofuCall): Promise<void> {
  if (request.backendConfig !== undefined) {
    await writeFile(join(options.workDir, backendFile), `${JSON.stringify(request.backendConfig)}\n`, { mode: 0o600 });
  }
  const files = [...(request.backendConfig === undefined ? [] : [backendFile]), ...(request.backendConfigFiles ?? [])];
  await invokeTofu(options, {
    args: [
      'init',
      '-input=false',
      '-no-color',
      ...(request.backend === false
        ? ['-backend=false']
        : request.onBackendChange === 'migrate'
          ? ['-migrate-state', '-force-copy']
          : ['-reconfigure']),
      ...files.map((file) => `-backend-config=${file}`),
      ...(request.lockfile === 'readonly' ? ['-lockfile=readonly'] : []),
    ],
    deadlineMs: shortDeadlineMs,
    stdout: 'text',
    call,
    what: 'Initialising the configuration',
  });
}
