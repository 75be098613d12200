import { createInterface } from 'node:readline/promises';
import { LandfallError } from '../../contract/index.ts';
import {
  accountInputs,
  baseInputs,
  destroyInstall,
  parseKeep,
  planTeardown,
  planText,
  readInstallFile,
  receiptText,
  type TeardownRequest,
} from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { installContext } from './install-context.ts';

export type InstallDestroyOptions = {
  file: string;
  keep: string;
  product?: boolean;
  yes?: boolean;
  plan?: boolean;
  workDir: string;
  json?: boolean;
};

export async function runInstallDestroy(options: InstallDestroyOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const keep = parseKeep(options.keep.split(',').filter((word) => word !== ''));
  const file = await readInstallFile(options.file);
  if (options.plan !== true && options.yes !== true && !process.stdin.isTTY) {
    throw new LandfallError('LF-TEARDOWN-001', 'there is no terminal to ask on, and --yes was not given');
  }
  const { context, close } = await installContext(output, file, options.workDir, { helm: options.plan !== true });
  const request: TeardownRequest = {
    account: accountInputs(file),
    base: baseInputs(file),
    credentials: config.awsCredentials(),
    keep,
    product: options.product === true ? 'destroy' : 'keep',
  };
  try {
    const plan = await planTeardown(context, request);
    if (options.plan === true) {
      output.result(plan, planText(plan));
      return;
    }
    if (options.yes !== true) await ask(file.install, planText(plan));
    const receipt = await destroyInstall(context, request);
    output.result(receipt, [receiptText(receipt)]);
    if (!receipt.clean) process.exitCode = 1;
  } finally {
    close();
  }
}

/** The install's name, typed: a yes is too quickly said. */
async function ask(install: string, lines: readonly string[]): Promise<void> {
  process.stderr.write(`${lines.join('\n')}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Type the install's name (${install}) to delete all this: `);
    if (answer.trim() !== install) {
      throw new LandfallError('LF-TEARDOWN-001', `the answer was not ${install}: nothing was deleted`);
    }
  } finally {
    terminal.close();
  }
}
