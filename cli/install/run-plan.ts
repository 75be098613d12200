import { accountInputs, baseInputs, planInstall, readInstallFile } from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { installContext } from './install-context.ts';

export type InstallPlanOptions = { file: string; workDir: string; json?: boolean };

export async function runInstallPlan(options: InstallPlanOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const { context, close } = await installContext(output, file, options.workDir, { helm: false });
  try {
    const plan = await planInstall(context, {
      account: accountInputs(file),
      base: baseInputs(file),
      ...('externalId' in file.access ? { externalId: file.access.externalId } : {}),
      credentials: config.awsCredentials(),
    });
    const line = (name: string, part: (typeof plan)['account']): string => {
      if ('notPlanned' in part) return `${name.padEnd(14)} not planned: ${part.notPlanned}`;
      const { add, change, remove } = part.changes;
      const text = part.changed ? `${add} to add, ${change} to change, ${remove} to remove` : 'nothing to change';
      return `${name.padEnd(14)} ${text}`;
    };
    output.result(plan, [line('account stack', plan.account), line('base stack', plan.base)]);
  } finally {
    close();
  }
}
