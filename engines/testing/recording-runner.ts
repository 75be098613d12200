import { readFileSync, statSync } from 'node:fs';
import type { ProcessRequest, ProcessResult, RunProcess } from '../process/run-process.ts';

export type Recorded = {
  request: ProcessRequest;
  args: string[];
  files: { mode: number; path: string; text: string }[];
};

/** A `RunProcess` that runs nothing: it remembers requests (and what their files held) and gives prepared answers. */
export function recordingRunner(answers: readonly Partial<ProcessResult & { lines: string[] }>[] = []): {
  runProcess: RunProcess;
  calls: Recorded[];
} {
  const calls: Recorded[] = [];
  const runProcess: RunProcess = async (request) => {
    const files: Recorded['files'] = [];
    const args = request.args.map((arg) => {
      const [, flag, path] = /^(--values|-var-file)=(.*)$/.exec(arg) ?? [];
      if (path === undefined) return arg;
      files.push({ mode: statSync(path).mode & 0o777, path, text: readFileSync(path, 'utf8') });
      return `${flag}=<file ${files.length}>`;
    });
    const answer = answers[calls.length] ?? {};
    calls.push({ request, args, files });
    for (const line of answer.lines ?? []) request.parseLine?.(line);
    return { exitCode: 0, stdout: '', tail: [], durationMs: 1, ...answer };
  };
  return { runProcess, calls };
}
