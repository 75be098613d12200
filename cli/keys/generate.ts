import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { generateKeyPair, keyIdOf, LandfallError, readPublicKey } from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';

type Options = { name: string; out: string; algorithm: 'ed25519' | 'ecdsa-p256'; json?: boolean };

export function registerKeysGenerate(keys: Command): void {
  keys
    .command('generate')
    .description('a key pair for signing: the private half stays in the file, the public half is what others pin')
    .requiredOption('--name <name>', 'file name without its ending: pipeline, control-plane')
    .option('--out <folder>', 'where the two files go', '.')
    .addOption(
      new Option('--algorithm <ed25519|ecdsa-p256>', 'the kind of key')
        .choices(['ed25519', 'ecdsa-p256'])
        .default('ed25519'),
    )
    .option('--json', 'the result as JSON')
    .action(run);
}

async function run({ name, out, algorithm, json }: Options): Promise<void> {
  const pair = generateKeyPair(algorithm);
  await mkdir(out, { recursive: true });
  const privateFile = join(out, `${name}.key.pem`);
  const publicFile = join(out, `${name}.pub.pem`);
  await writeNew(privateFile, pair.privateKeyPem, 0o600);
  await writeNew(publicFile, pair.publicKeyPem, 0o644);
  const keyId = keyIdOf(readPublicKey(pair.publicKeyPem));
  createOutput(json === true).result({ keyId, privateFile, publicFile }, [
    `key id   ${keyId}`,
    `private  ${privateFile} (keep it; it cannot be made again)`,
    `public   ${publicFile}`,
  ]);
}

/** A signing key that is overwritten is lost for good. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { mode, flag: 'wx' }).catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-004', `${path} cannot be written: it may be there already`, { cause });
  });
}
