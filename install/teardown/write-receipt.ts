import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installNames } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';
import type { AccountClients } from './account-clients.ts';
import type { Journal } from './journal.ts';
import { type Receipt, receiptText } from './receipt.ts';
import type { TeardownRequest } from './request.ts';
import { isSame, scanAccount } from './scan-account.ts';

export type ReceiptParts = {
  context: InstallContext;
  request: TeardownRequest;
  journal: Journal;
  /** The last look is the admin's own, not the teardown role's, which is gone by now. */
  admin: AccountClients;
};

/** The last look at the account, and the receipt as JSON and as text in the work folder. */
export async function writeReceipt({ context, request, journal, admin }: ReceiptParts): Promise<Receipt> {
  const { installId, accountId, region } = request.account;
  const names = installNames(request.base);
  const { startedAt, by, deleted, kept, notes } = journal.read();
  const cluster = request.base.mode === 'cluster' ? null : names.cluster;
  const scan = await scanAccount({ ...admin, names, installId, cluster });
  const keeps = [...kept];
  const found = scan.found.filter((thing) => {
    if (thing.kind === 'volume' && request.keep.includes('volumes')) keeps.push({ ...thing, why: '--keep volumes' });
    return !keeps.some(({ id }) => isSame(id, thing.id));
  });
  const pending = new Set(scan.pending.map(({ id }) => id));
  const receipt: Receipt = {
    kind: 'landfall.teardown-receipt',
    version: 1,
    install: installId,
    account: accountId,
    region,
    startedAt,
    finishedAt: context.clock.now().toISOString(),
    by,
    deleted: deleted.filter(({ id }) => !pending.has(id)),
    kept: keeps,
    notes,
    scan: { ...scan, found },
    clean: found.length === 0 && scan.notVisible.length === 0,
  };
  const dir = join(context.workDir, 'teardown');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'receipt.json'), `${JSON.stringify(receipt, null, 2)}\n`);
  await writeFile(join(dir, 'receipt.txt'), `${receiptText(receipt)}\n`);
  if (receipt.clean) await journal.finish();
  return receipt;
}
