import * as z from 'zod';
import { type ErrorCode, LandfallError } from '../../contract/index.ts';
import { printable } from '../parse-answer.ts';
import { readBody } from './read-body.ts';
import { parseRetryAfter, retryAfterDetail } from './retry.ts';
import type { TransportResponse } from './exchange.ts';

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string().default(''), message: z.string().nullish() })).min(1),
});

/** The error for a status nobody expected: coded, with the registry's own words (cut), temporary when a repeat may help. */
export async function statusError(response: TransportResponse, what: string, now: Date): Promise<LandfallError> {
  const { status, url } = response;
  const reason = await reasonOf(response);
  const message = `${url.host} answered ${status} to ${what}${reason === '' ? '' : `: ${reason}`}`;
  const [code, temporary] = classify(status);
  const retryAfter = parseRetryAfter(response.headers['retry-after'], now);
  return new LandfallError(code, message, {
    temporary,
    details: { status, ...(retryAfter === undefined ? {} : { [retryAfterDetail]: retryAfter }) },
  });
}

export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  if (!(error instanceof LandfallError)) return false;
  const { status } = error.details;
  return typeof status === 'number' && statuses.includes(status);
}

/**
 * Whether something is not there, for those who ask before they write. Some registries say 403 for what they do not have; where it
 * really means a missing right, the write that follows says so.
 */
export function isAbsent(error: unknown): boolean {
  return hasStatus(error, 403, 404);
}

function classify(status: number): [ErrorCode, boolean] {
  if (status === 401 || status === 403) return ['LF-OCI-003', false];
  if (status === 404) return ['LF-OCI-004', false];
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) return ['LF-OCI-010', true];
  return ['LF-OCI-009', false];
}

async function reasonOf(response: TransportResponse): Promise<string> {
  try {
    const text = Buffer.from(await readBody(response.body, 64 * 1024, 'an error')).toString('utf8');
    const parsed = errorsSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return '';
    const told = parsed.data.errors.map((each) => [each.code, each.message].filter(Boolean).join(' ')).join('; ');
    return printable(told).slice(0, 500);
  } catch {
    return '';
  }
}
