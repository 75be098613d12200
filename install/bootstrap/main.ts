import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, LandfallError } from '../../contract/index.ts';
import { installNames } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';
import { createInstallContext } from '../create-context.ts';
import { placeOf } from '../apply-install.ts';
import { config, quietAwsSdk } from './config.ts';
import { containerSession } from './container-session.ts';
import { exportLines } from './exports.ts';
import type { InstallFile } from '../install-file.ts';
import { readJobFile } from './job-file.ts';
import { runBase, runHandOff } from './run.ts';
import { wayOutOfJob } from './way-out-of-job.ts';

/** `bootstrap base|hand-off --config <file> [--exports <file>]`: the one-shot job of the 1-click way. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { config: { type: 'string' }, exports: { type: 'string' } },
    allowPositionals: true,
  });
  const [run] = positionals;
  if ((run !== 'base' && run !== 'hand-off') || values.config === undefined) {
    throw new LandfallError('LF-TEMPLATES-005', 'expected: bootstrap base|hand-off --config <file>');
  }
  const file = await readJobFile(values.config);
  const session = await containerSession(config.credentialsUrl(), installNames(placeOf(file)).roles.install.arn);
  const { context, close } = await createInstallContext(await contextOptions(file));
  try {
    if (run === 'base') {
      const { exports } = await runBase(context, file, session);
      if (values.exports !== undefined) await writeFile(values.exports, exportLines(exports));
      return;
    }
    const joinToken = config.joinToken();
    const vendorRegistry = config.vendorRegistry();
    const { runner, end } = await runHandOff(context, file, {
      session,
      joinToken: () => Promise.resolve(joinToken),
      ...(vendorRegistry === undefined ? {} : { vendorRegistry }),
    });
    for (const line of [
      `runner     ${runner}`,
      ...end.awsCalls.map(({ call, refusal }) => `refused    ${call}: ${refusal.status} ${refusal.message}`),
      `refused    ${end.kubernetes.call}: ${end.kubernetes.status} ${end.kubernetes.message}`,
    ]) {
      say(line);
    }
  } finally {
    close();
  }
}

async function contextOptions(file: InstallFile): Promise<Omit<InstallContext, 'clock' | 'runProcess'>> {
  const workDir = config.workDir();
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const inImage = join(config.home(), 'providers');
  const providerMirror = config.providerMirror() ?? ((await exists(inImage)) ? inImage : undefined);
  const awsEndpointUrl = config.awsEndpointUrl();
  return {
    say: ({ step, text }) => say(`${step.padEnd(10)} ${text}`),
    engines: { tofu: config.tofu(), helm: config.helm() },
    workDir,
    wayOut: await wayOutOfJob({ file, proxy: config.proxy(), workDir }),
    // The template lets one build of a project run at a time.
    soleRunnerSince: new Date(),
    modules: { base: join(config.home(), 'modules', 'base') },
    ...(providerMirror === undefined ? {} : { providerMirror }),
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

quietAwsSdk();
try {
  await main();
} catch (error) {
  for (let cause: unknown = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    process.stderr.write(`${describeError(cause)}\n`);
  }
  if (error instanceof LandfallError) process.stderr.write(`next: ${error.hint}\n`);
  // The same as the command line's: 75 where the same run may succeed later.
  process.exitCode = error instanceof LandfallError && error.temporary ? 75 : 1;
}
