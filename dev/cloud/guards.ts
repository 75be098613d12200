/** What keeps people out of the account. A twin test turns one off to show that its attack then succeeds. */
export type Guards = {
  /** SigV4 is recomputed and dated. */
  signatures: boolean;
  /** Sessions end at their expiry. */
  expiry: boolean;
  /** Sessions end with their role. */
  deletedRoles: boolean;
  /** AssumeRole obeys the role's trust policy. */
  trust: boolean;
  /** Identity policies, boundaries and session policies are obeyed. */
  policies: boolean;
  /** Policies on resources are obeyed: they let people of other accounts in, and their denials hold. */
  resourcePolicies: boolean;
  /** Nothing is deleted that something else lives in. */
  dependencies: boolean;
  /** A Kubernetes token needs an access entry. */
  accessEntries: boolean;
  /** The registry knows only repositories that ECR knows. */
  repositories: boolean;
};

export const allGuards: Guards = {
  signatures: true,
  expiry: true,
  deletedRoles: true,
  trust: true,
  policies: true,
  resourcePolicies: true,
  dependencies: true,
  accessEntries: true,
  repositories: true,
};
