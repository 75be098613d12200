import { Command } from 'commander';
import { LandfallError } from '../contract/index.ts';
import { quietAwsSdk } from './config.ts';

const program = new Command('npm run dev --').description(
  'One machine as a whole world: tools, worlds, the demo, the checks.',
);

program
  .command('tools')
  .description('what was found where, at which version, and what is missing with the command that gets it')
  .option('--build', 'build and install what is missing')
  .action(async (options: { build?: boolean }) => {
    const { showTools } = await import('./commands/tools.ts');
    process.exitCode = await showTools({ build: options.build === true });
  });

program
  .command('up')
  .description('start a world to work in: cluster, registries, cloud stand-in; it runs in the background')
  .option('--kwok', 'simulated nodes')
  .action(async (options: { kwok?: boolean }) => {
    const { up } = await import('./commands/up.ts');
    process.exitCode = await up({ nodes: options.kwok === true ? 'kwok' : 'auto' });
  });

program
  .command('own', { hidden: true })
  .option('--kwok')
  .action(async (options: { kwok?: boolean }) => {
    const { own } = await import('./commands/own.ts');
    await own({ nodes: options.kwok === true ? 'kwok' : 'auto' });
  });

program
  .command('down')
  .description('end the world and remove everything of it')
  .action(async () => {
    const { down } = await import('./commands/down.ts');
    process.exitCode = await down();
  });

program
  .command('status')
  .description('whether a world is up, its URLs and the environment to use')
  .action(async () => {
    const { status } = await import('./commands/status.ts');
    process.exitCode = await status();
  });

program
  .command('test')
  .description('everything, with engines; arguments go to vitest')
  .argument('[filters...]')
  .action(async (filters: string[]) => {
    const { runTests } = await import('./commands/test.ts');
    process.exitCode = await runTests(filters);
  });

program
  .command('check')
  .description('types, lint, format, architecture, dead code')
  .action(async () => {
    const { runChecks } = await import('./commands/check.ts');
    process.exitCode = await runChecks();
  });

quietAwsSdk();
// `npm run dev -- status | head -1` is no error.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

program
  .command('demo')
  .description(
    'the main job, end to end: publish, install, hand off, upgrade, roll back; exits 0 only if every check holds',
  )
  .option('--keep', 'leave everything running afterwards and print the URLs')
  .option('--kwok', 'simulated nodes')
  .action(async (options: { keep?: boolean; kwok?: boolean }) => {
    const { runDemo } = await import('./demo/index.ts');
    process.exitCode = await runDemo({
      keep: options.keep === true,
      nodes: options.kwok === true ? 'kwok' : 'auto',
      terminal: process.stdout.isTTY,
    });
  });

program
  .command('runner-image')
  .description("build the runner's image, for both processors unless told otherwise, and say how to push it")
  .option('--arch <amd64|arm64...>', 'only these', ['amd64', 'arm64'])
  .action(async ({ arch }: { arch: string[] }) => {
    const { showRunnerImage } = await import('./commands/runner-image.ts');
    await showRunnerImage(arch);
  });

program
  .command('reference')
  .description('write docs/reference anew from the schemas and error codes')
  .action(async () => {
    const { writeReference } = await import('./reference/write.ts');
    for (const file of await writeReference()) console.log(file);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LandfallError)) throw error;
  console.error(`${error.code}: ${error.message}\nnext: ${error.hint}`);
  process.exitCode = 2;
}
