import { open } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';
import type { Architecture } from '../tools/index.ts';

/** ELF's e_machine: EM_X86_64, EM_AARCH64. */
const machines: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

/** A program for Linux on that processor, or LF-DEV-009: in an image of the wrong one it would end in "exec format error" on the customer's nodes. */
export async function requireMachine(path: string, architecture: Architecture): Promise<void> {
  const file = await open(path);
  const head = Buffer.alloc(20);
  try {
    await file.read(head, 0, head.length, 0);
  } finally {
    await file.close();
  }
  const isElf = head.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  const machine = isElf ? head.readUInt16LE(18) : undefined;
  if (machine === machines[architecture]) return;
  const found = Object.entries(machines).find(([, each]) => each === machine)?.[0] ?? 'something else';
  throw new LandfallError('LF-DEV-009', `${path} is for ${found}, and the image for ${architecture}`);
}
