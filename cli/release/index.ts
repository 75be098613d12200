import type { Command } from 'commander';
import { registerReleaseBuild } from './build.ts';
import { registerReleasePublish } from './publish.ts';

export function registerReleaseCommands(program: Command): void {
  const release = program.command('release').description('immutable, signed versions of a product');
  registerReleaseBuild(release);
  registerReleasePublish(release);
}
