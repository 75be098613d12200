import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeHelmRelease } from './decode-release.ts';

const record = {
  name: 'gateway',
  namespace: 'shop',
  version: 3,
  info: { status: 'pending-upgrade', description: 'Preparing upgrade' },
  chart: { metadata: { name: 'gateway', version: '1.0.0' } },
  manifest: 'kind: Service',
  hooks: [{ name: 'migrate', kind: 'Job', manifest: 'kind: Job', events: ['pre-upgrade'], last_run: {} }],
};
const encode = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64');

describe('a helm release record', () => {
  it('is read as the Kubernetes API shows it, and with the outer base64 taken off', () => {
    const inner = encode(record);
    const outer = Buffer.from(inner).toString('base64');
    for (const data of [inner, outer]) {
      expect(decodeHelmRelease(data)).toMatchObject({
        name: 'gateway',
        version: 3,
        info: { status: 'pending-upgrade' },
      });
    }
  });

  it.each([
    ['is not gzip', Buffer.from('hello').toString('base64'), /not gzip/],
    ['has another shape', encode({ name: 'x' }), /shape/],
    ['has a status nobody knows', encode({ ...record, info: { status: 'great' } }), /info.status/],
    ['is larger than a secret can be', 'A'.repeat(3_000_000), /at most/],
    ['unpacks to more than is accepted', gzipSync(Buffer.alloc(70 * 1024 * 1024)).toString('base64'), /record/],
  ])('is refused when it %s', (_, data, message) => {
    expect(() => decodeHelmRelease(data, 'the record x')).toThrow(message);
  });
});
