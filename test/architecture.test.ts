import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which room may import which; the same table stands in ARCHITECTURE.md, and a test holds them equal. */
const table: Record<string, readonly string[] | 'any'> = {
  contract: [],
  oci: ['contract'],
  engines: ['contract'],
  stacks: ['contract'],
  templates: ['contract', 'stacks'],
  seal: ['contract'],
  release: ['contract', 'oci', 'engines'],
  install: ['contract', 'oci', 'engines', 'stacks', 'seal'],
  runner: ['contract', 'oci', 'engines', 'seal'],
  'control-plane': ['contract'],
  cli: ['contract', 'oci', 'release', 'stacks', 'templates', 'seal', 'install'],
  dev: 'any',
  test: 'any',
  bench: 'any',
};

const root = join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
  cwd: root,
})
  .toString()
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const roomOf = (file: string): string | undefined => {
  const [first, second] = file.split('/');
  return second !== undefined && first !== undefined && first in table ? first : undefined;
};
const text = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const code = new Map(
  [...text].map(([file, source]) => [
    file,
    source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1'),
  ]),
);
const isTest = (file: string): boolean =>
  /\.test\.tsx?$/.test(file) || file.startsWith('test/') || file.includes('/testing/');
const isProduct = (file: string): boolean =>
  roomOf(file) !== undefined && !['dev', 'test', 'bench'].includes(roomOf(file) ?? '') && !isTest(file);

/** Loaded with the file itself: what a bundle holds unless it is marked external. */
function staticImportsOf(file: string): string[] {
  const source = (code.get(file) ?? '').replaceAll(/import\(\s*['"][^'"]+['"]\s*\)/g, '');
  return [
    ...source.matchAll(/(?:^|[;\s])(?:import|export)(?:\s+type)?(?:[\s{*][^'"`;]*?from)?\s*['"]([^'"]+)['"]/g),
  ].map((match) => match[1] ?? '');
}

/** `import ... from 'x'`, `export ... from 'x'`, `import('x')`, `import 'x'`. */
function importsOf(file: string): string[] {
  const pattern =
    /(?:^|[;\s])(?:import|export)(?:\s+type)?(?:[\s{*][^'"`;]*?from)?\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...(code.get(file) ?? '').matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}
const localImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(file), specifier)));

describe('the table of rooms and imports', () => {
  it('is the same in ARCHITECTURE.md', () => {
    const written = [
      ...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| ([a-z, -]+) \| ([^|]+) \| [^|]+\|$/gm),
    ]
      .flatMap(([, rooms, may]) => (rooms ?? '').split(', ').map((room) => [room, (may ?? '').trim()] as const))
      .filter(([room]) => room in table);
    const held = Object.entries(table).map(([room, may]) => [
      room,
      may === 'any' ? 'any room' : may.length === 0 ? '–' : may.join(', '),
    ]);
    expect(Object.fromEntries(written)).toEqual(
      Object.fromEntries(
        held.map(([room, may]) => [room, room === 'test' || room === 'bench' ? 'any room, dev' : may]),
      ),
    );
  });

  it('holds: every import of another room is allowed and goes through its door', () => {
    const wrong = files.flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      const may = isTest(file) ? 'any' : table[room];
      return localImportsOf(file).flatMap((target) => {
        const other = roomOf(target);
        if (other === undefined || other === room) return [];
        if (may !== 'any' && !may?.includes(other)) return [`${file} may not import ${other}`];
        const door =
          target === `${other}/index.ts` ||
          other === 'test' ||
          other === 'dev' ||
          // What a room keeps for its own tests may be used by tests that join rooms.
          (isTest(file) && target.startsWith(`${other}/`) && target.includes('/testing/')) ||
          (room === 'dev' && target.endsWith('/main.ts'));
        return door ? [] : [`${file} reaches ${target} past its door`];
      });
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycle', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const next of localImportsOf(file)) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) walk(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps CDKTF out of everything that the runner and the control plane are bundled from', () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file) || !code.has(file)) return;
      reached.add(file);
      localImportsOf(file).forEach(walk);
    };
    ['runner/main.ts', 'control-plane/main.ts'].forEach(walk);
    expect(reached.size).toBeGreaterThan(20);
    const heavy = [...reached].filter((file) => importsOf(file).some((s) => /^(cdktf|constructs|@cdktf\/)/.test(s)));
    expect(heavy).toEqual([]);
  });

  it('keeps CDKTF out of the bootstrap job, which carries the modules ready made', () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file) || !code.has(file)) return;
      reached.add(file);
      staticImportsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .forEach((specifier) => walk(normalize(join(dirname(file), specifier))));
    };
    walk('install/bootstrap/main.ts');
    expect(reached.size).toBeGreaterThan(20);
    const heavy = [...reached].filter((file) =>
      staticImportsOf(file).some((s) => /^(cdktf|constructs|@cdktf\/)/.test(s)),
    );
    expect(heavy).toEqual([]);
  });
});

describe('what code may touch', () => {
  const offenders = (which: (file: string) => boolean, pattern: RegExp): string[] =>
    [...code].filter(([file, source]) => which(file) && pattern.test(source)).map(([file]) => file);

  it('imports zod as a namespace: a bundle then holds what is used of it, and not all its languages', () => {
    expect(
      [...code].filter(([, source]) => /import \{[^}]*\bz\b[^}]*\} from 'zod'/.test(source)).map(([file]) => file),
    ).toEqual([]);
  });

  it('reads the environment only in config.ts', () => {
    expect(offenders((file) => isProduct(file) && !/(^|\/)config\.ts$/.test(file), /process\.env/)).toEqual([]);
  });

  it('decides without a clock, timers, the network or the file system', () => {
    const decision = (file: string): boolean =>
      isProduct(file) && (/\/decide[a-z-]*\.ts$/.test(file) || file.startsWith('runner/policy/'));
    expect(files.some(decision)).toBe(true);
    expect(
      offenders(
        decision,
        /Date\.now|new Date\(\)|setTimeout|setInterval|\bfetch\(|Math\.random|node:(fs|net|http|https|child_process)/,
      ),
    ).toEqual([]);
  });

  it('opens connections from the runner only through the dialer', () => {
    const elsewhere = (file: string): boolean =>
      isProduct(file) && file.startsWith('runner/') && file !== 'runner/network/dialer.ts';
    expect(
      offenders(
        elsewhere,
        /\bfetch\(|new (Agent|Pool|Client)\(|net\.connect|tls\.connect|http\.request|https\.request/,
      ),
    ).toEqual([]);
  });

  it('sends a body out of the runner only from the egress gate', () => {
    const elsewhere = (file: string): boolean =>
      isProduct(file) &&
      file.startsWith('runner/') &&
      !file.startsWith('runner/egress/') &&
      !file.startsWith('runner/kubernetes/');
    expect(offenders(elsewhere, /method: '(POST|PUT|PATCH)'/)).toEqual([]);
  });
});

describe('the shape of the house', () => {
  const rooms = Object.keys(table).filter(
    (room) => room !== 'test' && room !== 'bench' && room !== 'dev' && room !== 'cli',
  );

  it.each(rooms)('%s has a door and a README of under 40 lines', (room) => {
    expect(files).toContain(`${room}/index.ts`);
    expect(readFileSync(join(root, room, 'README.md'), 'utf8').split('\n').length).toBeLessThan(41);
  });

  it('has no file over 300 lines without a reason in it', () => {
    const long = [...text].filter(
      ([, source]) => source.split('\n').length > 301 && !source.includes('Over 300 lines:'),
    );
    expect(long.map(([file]) => file)).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|manager|misc)(\.ts|\/)/.test(file))).toEqual([]);
  });
});
