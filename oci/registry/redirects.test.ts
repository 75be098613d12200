import { describe, expect, it } from 'vitest';
import { createRedirectRules, guardedLookup, type Lookup } from './redirects.ts';

const registry = new URL('https://registry.example');
const outside = '93.184.216.34';

/** Leads outside at first, inside afterwards. */
function rebinding(): Lookup {
  let asked = 0;
  return (name) =>
    Promise.resolve([name === 'registry.example' ? '93.184.216.33' : asked++ === 0 ? outside : '10.1.2.3']);
}
const connectTo = (lookup: ReturnType<typeof guardedLookup>, name: string) =>
  new Promise((resolve) => {
    lookup(name, { all: true }, (error, addresses) => resolve(error ?? addresses));
  });

describe('a name that leads outside when it is looked at, and inside when it is connected to', () => {
  it('is refused at the connection', async () => {
    const lookup = rebinding();
    await createRedirectRules(registry, lookup).check(new URL('https://cdn.example/blob'), 'a redirect');
    expect(await connectTo(guardedLookup(registry, lookup), 'cdn.example')).toMatchObject({ code: 'LF-OCI-007' });
  });

  it('would be connected to, if the connection looked it up by itself', async () => {
    const lookup = rebinding();
    await createRedirectRules(registry, lookup).check(new URL('https://cdn.example/blob'), 'a redirect');
    expect(await lookup('cdn.example')).toEqual(['10.1.2.3']);
  });
});

it('the registry itself may be anywhere', async () => {
  const inside = guardedLookup(registry, () => Promise.resolve(['10.0.0.5']));
  expect(await connectTo(inside, 'registry.example')).toEqual([{ address: '10.0.0.5', family: 4 }]);
});
