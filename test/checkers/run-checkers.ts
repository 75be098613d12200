import { execa } from 'execa';
import * as z from 'zod';

export type Finding = { checker: 'cfn-lint' | 'checkov'; rule: string; resource: string; text: string };

const cfnLintSchema = z.array(
  z.object({
    Rule: z.object({ Id: z.string() }),
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
);

/** Errors and warnings of cfn-lint, for all regions at once. */
export async function cfnLint(program: string, template: string, regions: readonly string[]): Promise<Finding[]> {
  const args = ['--format', 'json', '--regions', ...regions, '--template', template];
  const { stdout, stderr, exitCode } = await execa(program, args, { reject: false, stdin: 'ignore' });
  // 0: nothing found; 2 to 15: bits for errors, warnings, information. Everything else is no verdict.
  if (exitCode === undefined || exitCode === 1 || exitCode > 15)
    throw new Error(`cfn-lint ended with ${exitCode}: ${stderr}`);
  return cfnLintSchema.parse(JSON.parse(stdout === '' ? '[]' : stdout)).map(({ Rule, Message, Location }) => ({
    checker: 'cfn-lint',
    rule: Rule.Id,
    resource: String(Location.Path?.[1] ?? ''),
    text: Message,
  }));
}

const checkSchema = z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() });
const reportSchema = z.object({
  results: z.object({ failed_checks: z.array(checkSchema), parsing_errors: z.array(z.string()).default([]) }),
  summary: z.object({ passed: z.number() }),
});

/** What checkov finds in a folder, and how many checks passed. A check that crashes would pass unseen: it is an error here. */
export async function checkov(
  program: string,
  framework: 'terraform_json' | 'cloudformation',
  dir: string,
): Promise<{ findings: Finding[]; passed: number }> {
  const args = ['--framework', framework, '--directory', dir, '--output', 'json', '--skip-download', '--quiet'];
  const { stdout, stderr, exitCode } = await execa(program, args, { reject: false, stdin: 'ignore' });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`checkov ended with ${exitCode}: ${stderr}`);
  const crashed = stderr.split('\n').filter((line) => line.includes('Failed to run check'));
  if (crashed.length > 0) throw new Error(`checkov could not run: ${crashed.join('\n')}`);
  const parsed = z.union([reportSchema, z.array(reportSchema)]).parse(JSON.parse(stdout));
  const reports = Array.isArray(parsed) ? parsed : [parsed];
  const unread = reports.flatMap((report) => report.results.parsing_errors);
  if (unread.length > 0) throw new Error(`checkov could not read ${unread.join(', ')}`);
  return {
    passed: reports.reduce((sum, report) => sum + report.summary.passed, 0),
    findings: reports
      .flatMap((report) => report.results.failed_checks)
      .map(({ check_id, check_name, resource }) => ({
        checker: 'checkov',
        rule: check_id,
        resource,
        text: check_name,
      })),
  };
}

/** For checkov, which crashes on `dynamic` in JSON: each such block as if it were there once. */
export function withoutDynamicBlocks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDynamicBlocks);
  if (typeof value !== 'object' || value === null) return value;
  const { dynamic, ...rest } = z.record(z.string(), z.unknown()).parse(value);
  const blocks =
    z
      .record(z.string(), z.object({ content: z.unknown() }))
      .optional()
      .parse(dynamic) ?? {};
  return Object.fromEntries([
    ...Object.entries(rest).map(([key, item]) => [key, withoutDynamicBlocks(item)] as const),
    ...Object.entries(blocks).map(([key, { content }]) => [key, [withoutDynamicBlocks(content)]] as const),
  ]);
}
