import { LandfallError, parseJson } from '../../contract/index.ts';
import type { RunProcess } from '../../engines/index.ts';
import type { Census } from '../../seal/index.ts';
import type { RunnerConfig } from '../config.ts';
import { answerLimit, censusAnswerSchema } from './census-answer.ts';

/** A census is hundreds of reads, held back where AWS says "slow down". */
const deadlineMs = 30 * 60_000;

/** Has a process of its own take the census (census-process.ts): LF-SEAL-001 and -003 as it says them. */
export function censusByProcess(options: {
  config: RunnerConfig;
  apiServerHost: string;
  runProcess: RunProcess;
}): (signal: AbortSignal) => Promise<Census> {
  const { config, apiServerHost, runProcess } = options;
  return async (signal) => {
    const { exitCode, stdout, tail } = await runProcess({
      ...config.tools.census,
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      // What was read of a file stands in the configuration already.
      input: JSON.stringify({ config: { ...config, extraCaFile: '' }, apiServerHost }),
      captureStdoutBytes: answerLimit.bytes,
      deadlineMs,
      graceMs: 1000,
      signal,
    });
    if (exitCode !== 0) {
      const message = `the process that takes the census ended with ${exitCode}: ${tail.slice(-3).join(' | ')}`;
      throw new LandfallError('LF-SEAL-001', message, { temporary: true });
    }
    const answer = parseJson(
      stdout,
      censusAnswerSchema,
      'the answer of the process that takes the census',
      answerLimit,
    );
    if ('failed' in answer) {
      const { code, message, temporary } = answer.failed;
      throw new LandfallError(code, message, { temporary });
    }
    return { ...answer.census, at: new Date(answer.census.at) };
  };
}
