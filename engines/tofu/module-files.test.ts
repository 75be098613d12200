import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findStateSettings, removedProvisioners } from './module-files.ts';

async function folderOf(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-module-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}
const found = async (files: Record<string, string>) => (await findStateSettings(await folderOf(files)))?.file ?? null;

describe('what a module says of its state', () => {
  it.each<[string, string, string]>([
    ['a key provider', 'main.tf', 'terraform {\n encryption {\n  key_provider "external" "x" {\n  }\n }\n}\n'],
    ['one whose name is hidden between comments', 'a.tofu', '/* "/*" */ key_provider /* x */ external x {}\n# */'],
    ['one in JSON', 'a.tf.json', '{"terraform":{"encryption":{"key_provider":{}}}}'],
    ['one in JSON, escaped', 'a.tofu.json', '{"terraform":{"encryption":{"key_\\u0070rovider":{}}}}'],
    ['a method that is a program', 'a.tf', 'method "external" "x" {\n  encrypt_command = ["x"]\n}\n'],
  ])('is found in %s', async (_, file, text) => {
    expect(await found({ 'b.tf': 'resource "terraform_data" "x" {}\n', [file]: text })).toBe(file);
  });

  it.each<[string, string]>([
    ['an attribute of that name', 'resource "x" "y" {\n  key_provider = "a"\n}\n'],
    ['the encryption of something else', 'resource "google_storage_bucket" "b" {\n  encryption {\n  }\n}\n'],
    ['a backend, whose place the override of whoever runs it takes', 'terraform {\n  backend "local" {}\n}\n'],
  ])('is not %s', async (_, text) => {
    expect(await found({ 'main.tf': text, 'notes.md': 'key_provider' })).toBeNull();
  });
});

describe('a provisioner of a removed block', () => {
  const removed = (header: string, provisioner: string) =>
    `${header} {\n  from = terraform_data.x\n  ${provisioner} {\n    when = destroy\n  }\n}\n`;
  it.each<[string, string, string, string | null]>([
    ['plainly', 'a.tf', removed('removed', 'provisioner "local-exec"'), 'local-exec'],
    ['without quotes', 'a.tofu', removed('removed', 'provisioner local-exec'), 'local-exec'],
    ['in a module within', 'modules/x/a.tf', removed('removed', 'provisioner "file"'), 'file'],
    ['behind comments', 'a.tf', removed('removed/* x\n */ /* y */', 'provisioner /* z */ "remote-exec"'), null],
    ['with its type escaped', 'a.tf', removed('removed', 'provisioner "loc\\U00000061l-exec"'), null],
    ['in JSON', 'a.tf.json', '{"removed":{"provisioner":{"local-exec":{}}}}', null],
    ['in JSON, escaped', 'a.tofu.json', '{"r\\u0065moved" :[{"\\u0070rovisioner":{"local-exec":{}}}]}', null],
  ])('is found %s', async (_, file, text, type) => {
    expect(await removedProvisioners(await folderOf({ [file]: text }))).toEqual([{ file, type }]);
  });

  it('is none in a file without such a block, or in what is no configuration, or in what the engine keeps', async () => {
    const text = removed('removed', 'provisioner "local-exec"');
    const files = {
      'a.tf': removed('resource "terraform_data" "removed"', 'provisioner "local-exec"'),
      'b.tf': '# The provisioner was removed.\n',
      'c.md': text,
      '.terraform/modules/x/a.tf': text,
    };
    expect(await removedProvisioners(await folderOf(files))).toEqual([]);
  });
});
