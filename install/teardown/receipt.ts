/** One thing in the account (or in the cluster) as a receipt names it. */
export type Thing = {
  /** What it is, in AWS's word for it: `load-balancer`, `volume`, `aws_eks_cluster`, `repository`. */
  kind: string;
  /** Its ARN where it has one, else its id or name. */
  id: string;
  /** Its Terraform address, where a stack of ours made it. */
  address?: string;
};

export type Gone = Thing & { step: TeardownStep; at: string };
export type Kept = Thing & { why: string };
export type Found = Thing & { why: string };

/** In this order. */
export const teardownSteps = [
  'runner',
  'load-balancers',
  'product',
  'nodes',
  'leftovers',
  'registry',
  'cluster',
  'network',
  'account',
] as const;
export type TeardownStep = (typeof teardownSteps)[number];

/** What a customer keeps after a teardown: what was deleted, what was kept and why, what an account scan still finds. */
export type Receipt = {
  kind: 'landfall.teardown-receipt';
  version: 1;
  install: string;
  account: string;
  region: string;
  startedAt: string;
  finishedAt: string;
  /** ARN of who asked for it. */
  by: string;
  deleted: Gone[];
  kept: Kept[];
  /** What could not be done as usual, in words. */
  notes: string[];
  /** The last look at the account. `pending` is on its way out by itself (a key's waiting time). */
  scan: { found: Found[]; pending: Found[]; notVisible: string[] };
  /** Nothing is left but what was kept by choice and what is on its way out. */
  clean: boolean;
};

/** The same, for people. */
export function receiptText(receipt: Receipt): string {
  const line = (thing: Thing, more: string): string =>
    `  ${thing.kind.padEnd(28)} ${thing.id}${more === '' ? '' : `   ${more}`}`;
  const part = (title: string, lines: string[]): string[] => [title, ...(lines.length === 0 ? ['  none'] : lines), ''];
  const { scan } = receipt;
  return [
    `Teardown of install ${receipt.install} in account ${receipt.account}, ${receipt.region}`,
    `by ${receipt.by}, ${receipt.startedAt} to ${receipt.finishedAt}`,
    '',
    ...part(
      `Deleted (${receipt.deleted.length})`,
      receipt.deleted.map((thing) => line(thing, thing.step)),
    ),
    ...part(
      `Kept by choice (${receipt.kept.length})`,
      receipt.kept.map((thing) => line(thing, thing.why)),
    ),
    ...part(
      `Still found by the last look at the account (${scan.found.length})`,
      scan.found.map((thing) => line(thing, thing.why)),
    ),
    ...part(
      `On its way out by itself (${scan.pending.length})`,
      scan.pending.map((thing) => line(thing, thing.why)),
    ),
    ...(scan.notVisible.length === 0
      ? []
      : part(
          'Not visible to whoever looked',
          scan.notVisible.map((each) => `  ${each}`),
        )),
    ...(receipt.notes.length === 0
      ? []
      : part(
          'Notes',
          receipt.notes.map((each) => `  ${each}`),
        )),
    receipt.clean ? 'Nothing of this install is left.' : 'Something of this install is left; see above.',
  ].join('\n');
}
