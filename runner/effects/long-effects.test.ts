import { describe, expect, it } from 'vitest';
import { createFakeInstall } from '../testing/index.ts';

describe('the journal of several effects at a time', () => {
  it('keeps what is under way, however many others come and go beside it', async () => {
    const install = createFakeInstall();
    const { effects, journal } = await install.startRunner();
    let end: () => void = () => undefined;
    const long = effects.run(
      'terraform-apply',
      { target: 'bucket', intent: 'long' },
      () => new Promise<void>((done) => (end = done)),
    );
    for (let i = 0; i < 70; i++)
      await effects.run('store-component', { target: `c${i}`, intent: 'short' }, async () => undefined);
    expect(
      journal
        .entries()
        .filter(({ state }) => state === 'started')
        .map(({ target }) => target),
    ).toEqual(['bucket']);
    expect(journal.entries().length).toBeLessThanOrEqual(66);
    end();
    await long;
    install.dispose();
  });
});
