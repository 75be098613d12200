import { expect, it } from 'vitest';
import { readLockFile } from './module-providers.ts';

it('reads every provider of a lock file, as the engine writes it', () => {
  const lock = `# This file is maintained automatically by "tofu init".

provider "registry.opentofu.org/hashicorp/aws" {
  version     = "5.100.0"
  constraints = "5.100.0"
  hashes = [
    "h1:x",
  ]
}

provider "registry.opentofu.org/hashicorp/random" {
  version = "3.6.0"
}
`;
  expect(readLockFile(lock)).toEqual([
    { source: 'registry.opentofu.org/hashicorp/aws', version: '5.100.0' },
    { source: 'registry.opentofu.org/hashicorp/random', version: '3.6.0' },
  ]);
  expect(readLockFile('')).toEqual([]);
});
