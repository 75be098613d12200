import { expect, it } from 'vitest';
import { requestsIn } from './audit.ts';

it('every request counts once, a watch when it begins', () => {
  const line = (stage: string, verb: string, resource?: string): string =>
    JSON.stringify({
      stage,
      verb,
      userAgent: verb === 'watch' ? 'landfall-runner' : 'Helm/4.3.1',
      ...(resource === undefined ? {} : { objectRef: { resource, name: 'x' } }),
    });
  const lines = [
    line('ResponseComplete', 'get', 'secrets'),
    line('ResponseStarted', 'watch', 'secrets'),
    line('ResponseComplete', 'watch', 'secrets'),
    line('ResponseStarted', 'get', 'pods'),
    line('ResponseComplete', 'get'),
  ];
  expect(requestsIn(`${lines.join('\n')}\n`)).toEqual([
    { verb: 'get', resource: 'secrets', by: 'helm' },
    { verb: 'watch', resource: 'secrets', by: 'runner' },
    { verb: 'get', resource: '', by: 'helm' },
  ]);
});
