import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextToBegin, type Order } from './schedule.ts';

type Node = { name: string; dependsOn: string[]; kind: string };

/** Every component depends on some of those before it, as a release's do in dependency order. */
const graph: fc.Arbitrary<Node[]> = fc
  .array(fc.record({ needs: fc.array(fc.nat(30)), kind: fc.constantFrom('helm', 'terraform', 'job') }), {
    maxLength: 14,
  })
  .map((drawn) =>
    drawn.map(({ needs, kind }, i) => ({
      name: `c${i}`,
      kind,
      dependsOn: i === 0 ? [] : [...new Set(needs.map((need) => `c${need % i}`))],
    })),
  );
const widths = fc.record({ components: fc.integer({ min: 1, max: 5 }), terraform: fc.integer({ min: 1, max: 3 }) });
const orders = fc.constantFrom<Order>('dependencies-first', 'dependents-first');

/** Runs it all; `ends` draws which of those under way ends next. */
function play(nodes: Node[], order: Order, width: { components: number; terraform: number }, ends: readonly number[]) {
  const running = new Set<string>();
  const over = new Set<string>();
  const story: { begins: string; over: string[]; running: string[] }[] = [];
  for (let step = 0; step <= nodes.length * 2; step++) {
    for (const name of nextToBegin({ components: nodes, order, width, running, over })) {
      running.add(name);
      story.push({ begins: name, over: [...over], running: [...running] });
    }
    const next = [...running][(ends[step] ?? 0) % Math.max(running.size, 1)];
    if (next === undefined) break;
    running.delete(next);
    over.add(next);
  }
  return { story, over };
}

describe('what is settled at the same time', () => {
  it('every component begins once, never before those it must come after, and never more than there is room for', () => {
    fc.assert(
      fc.property(graph, orders, widths, fc.array(fc.nat(10)), (nodes, order, width, ends) => {
        const { story, over } = play(nodes, order, width, ends);
        expect([...over].sort()).toEqual(nodes.map(({ name }) => name).sort());
        expect(story.map(({ begins }) => begins).sort()).toEqual(nodes.map(({ name }) => name).sort());
        const kinds = new Map(nodes.map(({ name, kind }) => [name, kind]));
        for (const { begins, over: before, running } of story) {
          const first =
            order === 'dependencies-first'
              ? (nodes.find(({ name }) => name === begins)?.dependsOn ?? [])
              : nodes.filter(({ dependsOn }) => dependsOn.includes(begins)).map(({ name }) => name);
          expect(before).toEqual(expect.arrayContaining(first));
          expect(running.length).toBeLessThanOrEqual(width.components);
          expect(running.filter((name) => kinds.get(name) === 'terraform').length).toBeLessThanOrEqual(width.terraform);
        }
      }),
    );
  });

  it('nothing waits while there is room for it and its turn has come', () => {
    const node = (name: string, ...dependsOn: string[]): Node => ({ name, kind: 'helm', dependsOn });
    const nodes = [node('a'), node('b', 'a'), node('c'), node('d', 'b', 'c'), node('e')];
    const begin = (over: string[], running: string[], order: Order = 'dependencies-first', components = 4): string[] =>
      nextToBegin({
        components: nodes,
        order,
        width: { components, terraform: 1 },
        running: new Set(running),
        over: new Set(over),
      });
    expect(begin([], [])).toEqual(['a', 'c', 'e']);
    expect(begin([], [], 'dependencies-first', 2)).toEqual(['a', 'c']);
    expect(begin(['a'], ['c', 'e'])).toEqual(['b']);
    expect(begin(['a', 'b', 'c', 'e'], [])).toEqual(['d']);
    expect(begin([], [], 'dependents-first')).toEqual(['e', 'd']);
    expect(begin(['d'], ['e'], 'dependents-first')).toEqual(['c', 'b']);
  });
});
