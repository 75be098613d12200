import { describe, expect, it } from 'vitest';
import { decideRescue } from './rescue.ts';

const state = (serial: number, lineage = 'l', resources: string[] = ['bucket']) => {
  const document = { version: 4, serial, lineage, resources };
  return { serial, lineage, raw: JSON.stringify(document), text: JSON.stringify(document, null, 2) };
};

describe('a state that could not be written at the end of an apply', () => {
  it.each([
    ['is written where there is none yet', state(2).text, undefined, 'push'],
    ['is written over the one it follows', state(8).text, state(7), 'push'],
    ['is there already when it was written before the runner was killed', state(8).text, state(8), 'there'],
    ['is left to a person when another run has written the same serial', state(8).text, state(8, 'l', []), 'conflict'],
    ['is left to a person when the state has moved on', state(8).text, state(9), 'conflict'],
    ['is left to a person when the state is another one', state(8).text, state(7, 'm'), 'conflict'],
    ['is left to a person when it was cut off itself', state(8).text.slice(0, 20), state(7), 'conflict'],
    ['is left to a person when it is no state', '{}', undefined, 'conflict'],
  ] as const)('%s', (_, text, current, expected) => {
    expect(decideRescue(text, current)).toBe(expected);
  });
});
