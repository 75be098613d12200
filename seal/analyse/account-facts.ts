/** What must be known of the account to tell inside from outside. */
export type AccountFacts = {
  accountId: string;
  /** `o-...`; null when it is in none, or that could not be seen. */
  organizationId: string | null;
  /** Issuers (without `https://`) of the account's own clusters: their workloads are inside. */
  ownIssuers: ReadonlySet<string>;
  /** The account's S3 canonical user id; null when unknown. */
  canonicalUserId: string | null;
};

/** Facts with nothing known but the account: everything doubtful is then outside. */
export function bareFacts(accountId: string): AccountFacts {
  return { accountId, organizationId: null, ownIssuers: new Set(), canonicalUserId: null };
}
