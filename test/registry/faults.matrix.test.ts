import { afterEach, describe, expect, it } from 'vitest';
import { createRegistryClient, mirrorSet, registryStore } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';
import { type FaultRow, image, repository } from './fault-row.ts';
import { type Path, paths } from './paths.ts';
import { registryHabits } from './registry-habits.ts';
import { incomplete, missing, weight } from './whole.ts';
import { wireFaults } from './wire-faults.ts';

const running: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each.stop();
});
async function started(registry: Promise<FaultRegistry>): Promise<FaultRegistry> {
  const ready = await registry;
  running.push(ready);
  return ready;
}

/** Nothing is waited for: what the pauses are is retry.test.ts's. */
const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
const credentials = () => Promise.resolve({ username: 'u', password: 'p' });

async function walk(row: FaultRow, direction: 'pull' | 'push', path: Path): Promise<'whole' | 'refused'> {
  const meeting = row[direction];
  const faulty = await started(
    startFaultRegistry({
      ...path.registry,
      habits: row.habits ?? {},
      ...(row.auth === undefined ? {} : { auth: row.auth }),
    }),
  );
  const sound = await started(startFaultRegistry(path.registry));
  const [source, target] = direction === 'pull' ? [faulty, sound] : [sound, faulty];
  const planted = (row.plant ?? image)(source.content);
  target.content.repository('another/repository');
  const before = meeting.before ?? (({ content }) => void content.repository(repository));
  before(faulty, planted, source.content);
  const rules = meeting.rules?.(faulty, planted) ?? [];
  for (const rule of rules) faulty.fault(rule);

  const [from, to] = [source, target].map(({ host }) => {
    const client = createRegistryClient({ host, clock, credentials, ...path.client });
    running.push({ stop: () => client.close() });
    return registryStore(client, repository);
  });
  if (from === undefined || to === undefined) throw new Error('both sides');
  const referrers = planted.also !== undefined;
  const copy = () => mirrorSet({ items: [{ from, to, digest: planted.digest, tag: 'v1', referrers }], clock });
  const { expected } = meeting;
  if ('refused' in expected) {
    const error = await copy().catch((cause: unknown) => cause);
    // Where: which registry, and what in it.
    const host = `(${faulty.host}|${sound.host})`;
    const where = new RegExp(`${host}.* (of|in) ${repository}|of ${repository} from ${host}`);
    expect(error).toMatchObject({ code: expected.refused, message: expect.stringMatching(where) });
  } else {
    await copy();
    const roots = [planted, ...(meeting.also === false ? [] : (planted.also ?? []))].map(({ digest }) => digest);
    const at = { content: target.content, repository };
    expect(roots.flatMap((root) => missing({ content: source.content, repository }, at, root))).toEqual([]);
    for (const tag of ['v1', `lf-${planted.digest.slice(7)}`]) {
      expect(target.content.manifest(repository, tag)?.digest).toBe(planted.digest);
    }
    const whole = weight(source.content, repository, ...roots);
    expect(source.bytesSent() / whole).toBeLessThanOrEqual(expected.survives);
    expect(source.bytesSent()).toBeGreaterThanOrEqual(direction === 'push' ? 0 : 1);
  }
  expect(incomplete(target.content)).toEqual([]);
  const planned = rules.reduce((sum, rule) => sum + (rule.times ?? Number.POSITIVE_INFINITY), 0);
  if (Number.isFinite(planned) && 'survives' in expected) expect(faulty.struck()).toBe(planned);
  else expect(faulty.struck() > 0).toBe(rules.length > 0);
  expect(meeting.then?.(faulty) ?? true).toBe(true);
  return 'refused' in expected ? 'refused' : 'whole';
}

describe.each(paths)('by %s', (_, path) => {
  describe.each(['pull', 'push'] as const)('a %s', (direction) => {
    const rows = [...wireFaults, ...registryHabits];
    const survived = rows.filter((row) => 'survives' in row[direction].expected);
    const refused = rows.filter((row) => 'refused' in row[direction].expected);
    it.each(survived.map((row) => [row.name, row] as const))('survives %s', async (_name, row) => {
      expect(await walk(row, direction, path)).toBe('whole');
    });
    it.each(refused.map((row) => [row.name, row] as const))(
      'is refused at %s, and leaves nothing wrong',
      async (_name, row) => {
        expect(await walk(row, direction, path)).toBe('refused');
      },
    );
  });
});
