import type { Command } from 'commander';
import type { InstallTemplateOptions } from './run-template.ts';

export function registerInstallTemplate(install: Command): void {
  install
    .command('template')
    .description(
      'what a customer’s admin reads and runs: CloudFormation templates and links, Terraform modules, the guide by hand',
    )
    .requiredOption('--file <file>', 'the install file')
    .requiredOption('--out <folder>', 'where the files go')
    .option('--bootstrap-image <image>', 'image of the job inside the account, by digest; for access: { project }')
    .option('--template-url <https>', 'folder in S3 that the two templates will lie in; makes the quick-create links')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: CDKTF takes a second that `--help` does not need.
    .action(async (options: InstallTemplateOptions) => (await import('./run-template.ts')).runInstallTemplate(options));
}
