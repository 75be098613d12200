import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { writePostRendererPlugin } from './post-renderer-plugin.ts';

it('lays out one plugin of type postrenderer/v1', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plugins-'));
  expect(await writePostRendererPlugin(dir, { command: '/bin/node', args: ['/x.js', '--pins', '/p'] })).toBe(
    'landfall',
  );
  expect(parse(readFileSync(join(dir, 'landfall', 'plugin.yaml'), 'utf8'))).toMatchObject({
    apiVersion: 'v1',
    type: 'postrenderer/v1',
    runtime: 'subprocess',
    runtimeConfig: { platformCommand: [{ command: '/bin/node', args: ['/x.js', '--pins', '/p'] }] },
  });
});

it.each([[{ command: '/bin/sh -c evil' }], [{ command: '$HOME/x' }], [{ command: '/bin/node', args: ['$(rm)'] }]])(
  'refuses %j, which helm would expand or split',
  async (renderer) => {
    await expect(writePostRendererPlugin(tmpdir(), renderer)).rejects.toThrow(/cannot hold/);
  },
);
