import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { parseTofuJson } from './tofu-json.ts';

const validationSchema = z.object({
  valid: z.boolean(),
  diagnostics: z
    .array(
      z.object({
        severity: z.string(),
        summary: z.string(),
        detail: z.string().default(''),
        range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
      }),
    )
    .default([]),
});

/** Refuses a configuration that is not valid. Nothing but the vendor's own text is read, so details are told, too. */
export async function validate(options: TofuOptions, call: TofuCall): Promise<void> {
  const what = 'Validating the configuration';
  const result = await invokeTofu(options, {
    args: ['validate', '-json', '-no-color'],
    deadlineMs: shortDeadlineMs,
    okExitCodes: [0, 1],
    stdout: 'data',
    call,
    what,
  });
  const { valid, diagnostics } = parseTofuJson(result.stdout, validationSchema, what);
  if (valid) return;
  const errors = diagnostics
    .filter((each) => each.severity === 'error')
    .slice(0, 5)
    .map(({ range, summary, detail }) => {
      const place = range === undefined ? '' : `${range.filename}:${range.start.line}: `;
      return `${place}${summary}: ${detail.replaceAll('\n', ' ')}`;
    });
  throw new LandfallError('LF-ENGINES-020', `The configuration is not valid: ${errors.join('; ')}`);
}
