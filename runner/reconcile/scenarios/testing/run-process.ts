import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import type { PassResult } from '../../../ports.ts';
import { lineSchema, type RunnerProcess } from './process-lines.ts';

type Line = z.infer<typeof lineSchema>;
/** `ended`: null when it did not come to an end by itself; `how`: the signal, or the last it wrote. */
export type Ran = { ended: PassResult | null; how: string };

/** One runner as a process, until it ends. */
export async function runProcess(
  script: string,
  dir: string,
  given: RunnerProcess,
  onLine: (line: Line) => void,
): Promise<Ran> {
  const file = join(dir, 'given.json');
  await writeFile(file, JSON.stringify(given), { mode: 0o600 });
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: dir };
  const child = spawn(process.execPath, [script, file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let ended: PassResult | null = null;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString()}`.slice(-4_000);
  });
  const read = (async () => {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = lineSchema.parse(JSON.parse(text));
      if ('ended' in line) ({ ended } = line);
      onLine(line);
    }
  })();
  const how = await new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}: ${errors}`)),
  );
  await read;
  return { ended, how };
}
