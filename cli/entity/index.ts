import { type Command, Option } from 'commander';
import type { EntityOptions } from './run-entity.ts';

/** `landfall entity`: what is created in an install, through the control plane. Loaded when it is run. */
export function registerEntityCommands(program: Command): void {
  const entity = program
    .command('entity')
    .description('streams, connectors and whatever else the product lets people create in an install')
    .addHelpText('after', "\nThe token of the control plane's API is taken from LANDFALL_TOKEN.");
  const add = (usage: string, description: string): Command =>
    entity
      .command(usage)
      .description(description)
      .addOption(new Option('--control-plane <url>', "the control plane's address").makeOptionMandatory())
      .option('--control-plane-ca <file>', 'PEM of the authority of its certificate, when it is a private one')
      .requiredOption('--install <id>', 'the install')
      .option('--json', 'the result as JSON');

  add('apply', 'create or change everything that a file holds; the same again changes nothing')
    .requiredOption('--file <file>', 'YAML or JSON documents with type, name and spec')
    .action(async (options: EntityOptions & { file: string }) =>
      (await import('./run-entity.ts')).runEntityApply(options),
    );
  add('list', 'every entity, with its state')
    .option('--type <type>', 'of this type only')
    .action(async (options: EntityOptions & { type?: string }) =>
      (await import('./run-entity.ts')).runEntityList(options),
    );
  add('show <entity>', 'one entity (<type>/<name>) with its conditions').action(
    async (name: string, options: EntityOptions) => (await import('./run-entity.ts')).runEntityShow(options, name),
  );
  add('remove <entity>', 'take an entity (<type>/<name>) and all that it has made away').action(
    async (name: string, options: EntityOptions) => (await import('./run-entity.ts')).runEntityRemove(options, name),
  );
}
