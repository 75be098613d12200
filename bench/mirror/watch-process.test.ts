import { describe, expect, it } from 'vitest';
import { watchProcess } from './watch-process.ts';

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });
const burn =
  'const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; while (used() < 400000);';

describe('a watched process', () => {
  it('has at least the processor time and the memory that it says it used', async () => {
    const megabytes = 200;
    const watched = await watchProcess(
      node(`globalThis.kept = Buffer.alloc(${megabytes}e6, 1); ${burn} console.log('done')`),
      60_000,
    );
    expect(watched).toMatchObject({ ok: true, stdout: 'done\n' });
    // The kernel counts in hundredths.
    expect(watched.cpuSeconds).toBeGreaterThanOrEqual(0.39);
    expect(watched.peakRssBytes).toBeGreaterThanOrEqual(megabytes * 1e6);
    expect(watched.wallMs).toBeGreaterThan(0);
  });

  it('is measured by itself: nothing of what ran before it', async () => {
    await watchProcess(node(burn), 60_000);
    expect((await watchProcess({ command: '/bin/true', args: [] }, 60_000)).cpuSeconds).toBeLessThan(0.39);
  });

  it('failed when it says so, and ends at its deadline', async () => {
    expect(await watchProcess(node('console.error("no such blob"); process.exitCode = 3'), 60_000)).toMatchObject({
      ok: false,
      tail: 'no such blob\n',
    });
    expect(await watchProcess(node('setInterval(() => {}, 1000)'), 200)).toMatchObject({ ok: false });
  });
});
