import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moduleVariables, requireVariables } from './module-variables.ts';

async function moduleOf(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-module-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

describe('the variables of a module', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['in any of its files', { 'a.tf': 'variable "a" {}', 'b.tofu': 'variable "b" { type = string }' }, ['a', 'b']],
    ['without quotes, and over several lines', { 'a.tf': '  variable a\t{\n    default = 1\n}\n' }, ['a']],
    ['in JSON', { 'a.tf.json': '{"variable": {"a": {}, "b": {"type": "string"}}}' }, ['a', 'b']],
    ['in a list in JSON', { 'a.tf.json': '{"variable": [{"a": {}}, {"b": {}}]}' }, ['a', 'b']],
    [
      'but not what is commented out',
      { 'a.tf': '# variable "a" {}\n// variable "b" {}\n/*\nvariable "c" {}\n*/\n' },
      [],
    ],
    ['nor what only sounds like one', { 'a.tf': 'locals { x = var.a }\noutput "variable" {}\n' }, []],
    ['nor those of modules below it', { 'main.tf': 'variable "a" {}', 'inner/main.tf': 'variable "b" {}' }, ['a']],
    ['nor what is no file of it', { 'main.tf': '', 'notes.md': 'variable "a" {}' }, []],
  ])('are found %s', async (_, files, expected) => {
    expect(await moduleVariables(await moduleOf(files))).toEqual(expected);
  });

  it('are told when secretVariables names another', async () => {
    const dir = await moduleOf({ 'main.tf': 'variable "password" {}\nvariable "name" {}' });
    await requireVariables(dir, 'db', ['password']);
    await expect(requireVariables(dir, 'db', ['pasword', 'password'])).rejects.toMatchObject({
      code: 'LF-RELEASE-016',
      message: 'secretVariables of db names pasword, which its module does not declare; it declares name, password',
    });
  });
});
