import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import type { Ground } from './ground.ts';
import type { Run } from './run-tool.ts';
import { watchProcess } from './watch-process.ts';

const portsSchema = z.tuple([z.number(), z.number()]);

export type Limit = {
  name: string;
  /** One run over so many bytes. */
  run: (bytes: number) => Promise<Run>;
};

/** What the machine can do at best, to be read beside the tools: no registry, no HTTP, no disk; and sha256 alone on one core. */
export function limitsOf({ programs }: Ground): readonly Limit[] {
  const program = join(programs, 'loopback.js');
  const watched = async (mode: string, numbers: readonly number[]): Promise<Run> => {
    const run = await watchProcess(
      { command: process.execPath, args: [program, mode, ...numbers.map(String)] },
      300_000,
    );
    if (!run.ok) throw new Error(`the ${mode} beside the tools failed: ${run.tail}`);
    const { wallMs, cpuSeconds, peakRssBytes } = run;
    const traffic = { requests: 0, bytesSent: 0, byKind: {} };
    return { ok: true, wallMs, cpuSeconds, peakRssBytes, traffic, bytesFetched: 0, registriesCpuSeconds: 0 };
  };
  return [
    {
      name: 'limit: socket, sha256, socket',
      run: async (bytes) => {
        const ends = spawn(process.execPath, [program, 'ends', String(bytes)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        try {
          const [line]: Buffer[] = await once(ends.stdout, 'data');
          return await watched('copy', [bytes, ...portsSchema.parse(JSON.parse(String(line)))]);
        } finally {
          ends.kill('SIGKILL');
          await once(ends, 'exit');
        }
      },
    },
    { name: 'limit: sha256 alone', run: (bytes) => watched('hash', [bytes]) },
  ];
}
