import { baseInputs, installBase, planBase, readInstallFile } from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { installContext } from './install-context.ts';

export type InstallAdoptOptions = { file: string; workDir: string; json?: boolean };

const oneHour = 3_600_000;

/** Every apply of the base layer looks up what exists first (install/adopt); this is that apply, by whoever made things by hand. */
export async function runInstallAdopt(options: InstallAdoptOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const { context, close } = await installContext(output, file, options.workDir, { helm: false });
  // Credentials of a person have no end that we know of; nothing here rests on it.
  const expiresAt = new Date(context.clock.now().getTime() + oneHour);
  const session = { credentials: config.awsCredentials(), roleArn: '', expiresAt };
  try {
    const request = { inputs: baseInputs(file), session };
    const { changes, outputs } = await installBase(context, request);
    const again = await planBase(context, request);
    output.result({ changes, left: again.changes, outputs }, [
      `cluster        ${outputs.clusterName}`,
      `made           ${changes.add}`,
      `changed        ${changes.change}`,
      `left to change ${again.changed ? JSON.stringify(again.changes) : 'nothing'}`,
    ]);
  } finally {
    close();
  }
}
