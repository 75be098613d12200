import { describe, expect, it } from 'vitest';
import { LandfallError, systemClock } from '../../contract/index.ts';
import { onceServed } from './once-served.ts';

const clock = { ...systemClock, sleep: () => Promise.resolve() };
const failing = (message: string, times: number) => {
  let calls = 0;
  const run = () =>
    ++calls > times
      ? Promise.resolve('in')
      : Promise.reject(new LandfallError('LF-ENGINES-010', `Helm failed: ${message}`));
  return { run, calls: () => calls };
};

describe('the chart of the runner', () => {
  it.each(['the server could not find the requested resource', 'no matches for kind "RunnerPolicy"'])(
    'is put in again when its own kind is not served yet (%s)',
    async (message) => {
      const helm = failing(message, 2);
      expect(await onceServed({ clock }, helm.run)).toBe('in');
      expect(helm.calls()).toBe(3);
    },
  );

  it('is not put in again for ever', async () => {
    const helm = failing('no matches for kind "RunnerPolicy"', 100);
    await expect(onceServed({ clock }, helm.run)).rejects.toMatchObject({ code: 'LF-ENGINES-010' });
    expect(helm.calls()).toBe(10);
  });

  it('fails at once for every other reason', async () => {
    const helm = failing('forbidden', 1);
    await expect(onceServed({ clock }, helm.run)).rejects.toMatchObject({ code: 'LF-ENGINES-010' });
    expect(helm.calls()).toBe(1);
  });
});
