import { describe, expect, it } from 'vitest';
import { parseQuery, typeA, writeAnswer } from './dns-message.ts';

const query = (name: string, type = typeA): Buffer =>
  Buffer.concat([
    Buffer.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, type, 0, 1]),
  ]);

describe('DNS messages', () => {
  it('reads the one question of a query, in lower case', () => {
    expect(parseQuery(query('Web.default.svc.cluster.local'))).toMatchObject({
      id: 0x1234,
      name: 'web.default.svc.cluster.local',
      type: typeA,
    });
  });

  it('answers with the same id, the question and one record per address', () => {
    const question = parseQuery(query('web.default.svc.cluster.local'))!;
    const answer = writeAnswer(question, { found: true, addresses: ['10.0.0.1', '10.0.0.2'] });
    expect(answer.readUInt16BE(0)).toBe(0x1234);
    expect(answer.readUInt16BE(2) & 0xf).toBe(0);
    expect(answer.readUInt16BE(6)).toBe(2);
    expect([...answer.subarray(-4)]).toEqual([10, 0, 0, 2]);
  });

  it('says that a name does not exist', () => {
    expect(writeAnswer(parseQuery(query('nobody.here'))!, { found: false }).readUInt16BE(2) & 0xf).toBe(3);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['cut in the name', query('web.default').subarray(0, 17)],
    ['a label longer than the message', Buffer.concat([query('a').subarray(0, 12), Buffer.from([60, 1, 2, 3, 4, 5])])],
    ['an answer instead of a query', Buffer.from(query('a').map((byte, at) => (at === 2 ? 0x84 : byte)))],
  ])('takes no notice of a message that is %s', (_what, message) => {
    expect(parseQuery(message)).toBeUndefined();
  });
});
