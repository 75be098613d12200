import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findStateSettings } from './module-files.ts';

async function found(files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-module-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return (await findStateSettings(dir))?.file ?? null;
}

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
