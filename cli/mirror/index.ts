import { Command } from 'commander';
import { registerCopy } from './copy.ts';
import { registerDiff } from './diff.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerList } from './list.ts';
import { registerSync } from './sync.ts';
import { registerVerify } from './verify.ts';

/** `landfall mirror`: the runner's own way of copying, for people. */
export function registerMirrorCommands(program: Command): void {
  const mirror = new Command('mirror').description(
    'copy, compare and check what registries hold; logins come from the Docker configuration, for ECR from the AWS credentials',
  );
  registerCopy(mirror);
  registerSync(mirror);
  registerVerify(mirror);
  registerDiff(mirror);
  registerList(mirror);
  registerExport(mirror);
  registerImport(mirror);
  program.addCommand(mirror);
}
