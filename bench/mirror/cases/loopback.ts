import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { medianOf } from '../../measure.ts';
import { watchProcess } from '../watch-process.ts';
import { type Case, mebibyte, megabyte } from './case.ts';

const portsSchema = z.tuple([z.number(), z.number()]);

/** What the machine itself can do: socket to socket with sha256 between, without HTTP and without registries; and sha256 alone. */
export const loopback: Case = async (ground, { loopbackMebibytes, rounds }) => {
  ground.say('the limit: raw loopback with sha256');
  const size = loopbackMebibytes * mebibyte;
  const program = join(ground.programs, 'loopback.js');
  const ends = spawn(process.execPath, [program, 'ends', String(size)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const runs = [];
  try {
    const [line]: Buffer[] = await once(ends.stdout, 'data');
    const ports = portsSchema.parse(JSON.parse(String(line)));
    for (let round = 0; round < rounds; round++) {
      const args = [program, 'copy', ...[size, ...ports].map(String)];
      const run = await watchProcess({ command: process.execPath, args }, 300_000);
      if (!run.ok) throw new Error(`the raw copy failed: ${run.tail}`);
      runs.push(run);
    }
  } finally {
    ends.kill('SIGKILL');
    await once(ends, 'exit');
  }
  const hashMs = hashAlone(size);
  const speed = (ms: number): string => (size / megabyte / (ms / 1000)).toFixed(0);
  const cpu = medianOf(runs.map(({ cpuSeconds }) => cpuSeconds)) / (size / 1e9);
  return {
    tables: [
      {
        title: `the machine's own limit, ${loopbackMebibytes} MB`,
        columns: ['', 'MB/s', 'CPU s/GB', 'RSS MB'],
        rows: [
          [
            'socket to socket with sha256, Node',
            speed(medianOf(runs.map(({ wallMs }) => wallMs))),
            cpu.toFixed(2),
            (medianOf(runs.map(({ peakRssBytes }) => peakRssBytes)) / megabyte).toFixed(0),
          ],
          ['sha256 alone, one core', speed(hashMs), (hashMs / 1000 / (size / 1e9)).toFixed(2), ''],
        ],
      },
    ],
    findings: [],
    details: { runs, hashMs },
  };
};

function hashAlone(size: number): number {
  const chunk = Buffer.alloc(mebibyte, 1);
  const start = performance.now();
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += mebibyte) hash.update(chunk);
  hash.digest();
  return performance.now() - start;
}
