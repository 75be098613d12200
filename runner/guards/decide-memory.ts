/** An engine that the runner runs beside itself. */
export type Heavy = 'helm' | 'terraform';
/** Of the container: what it may have and what it has, without what the kernel gives back when it is needed (file cache). */
export type Memory = { limitBytes: number; usedBytes: number };
export type Child = { kind: Heavy; ageMs: number };

const mebi = 1024 ** 2;
/** Measured, and some more: Helm alone takes 50, OpenTofu without a provider 80. `usual`: what one grows to; `least`: with less than this it does not get anywhere. A provider of a large cloud is most of Terraform's. */
const needs: Readonly<Record<Heavy, { usual: number; least: number }>> = {
  helm: { usual: 160 * mebi, least: 80 * mebi },
  terraform: { usual: 900 * mebi, least: 192 * mebi },
};
/** For the runner itself, which goes on while they run. */
const spare = 64 * mebi;
/** A child that is older has grown: what it needs is among what is used. */
const grownMs = 60_000;
/** With so little left the kernel is about to end somebody, and takes the runner along where the whole container is one to it. */
const criticalPart = 0.04;
const criticalBytes = 32 * mebi;

export type Situation = {
  /** null: nobody limits it, or it cannot be known. */
  memory: Memory | null;
  /** What was used when no child ran. */
  idleBytes: number;
  running: readonly Child[];
};

/** Pure. `after-others`: not beside what runs now; one at a time there is room. `wait`: not even alone. */
export function decideStart(kind: Heavy, { memory, idleBytes, running }: Situation): 'start' | 'after-others' | 'wait' {
  if (memory === null) return 'start';
  const growing = running.filter(({ ageMs }) => ageMs < grownMs).reduce((sum, each) => sum + needs[each.kind].usual, 0);
  const room = memory.limitBytes - spare - Math.max(memory.usedBytes, idleBytes + growing);
  if (room >= needs[kind].usual) return 'start';
  if (running.length > 0) return 'after-others';
  return room >= needs[kind].least ? 'start' : 'wait';
}

/** Pure: which child is to be ended before the kernel chooses, by its place in `running`; null: none. `usedBefore`: at the look before. The youngest has the least to lose, and Helm less than an apply. */
export function decideVictim(situation: Pick<Situation, 'memory' | 'running'> & { usedBefore: number }): number | null {
  const { memory, running, usedBefore } = situation;
  if (memory === null) return null;
  const { limitBytes, usedBytes } = memory;
  // As much again until the next look as since the last one.
  const needed = Math.max(limitBytes * criticalPart, criticalBytes, usedBytes - usedBefore);
  if (limitBytes - usedBytes >= needed) return null;
  const order = running
    .map(({ kind, ageMs }, index) => ({ terraform: kind === 'terraform', ageMs, index }))
    .sort((a, b) => Number(a.terraform) - Number(b.terraform) || a.ageMs - b.ageMs);
  return order[0]?.index ?? null;
}
