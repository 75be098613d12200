/** What the ending may see and do in the customer's account: only ever of the one configured install role. */
export type InstallRoleAccess = {
  /** Whether the cluster still has an access entry for the role. */
  hasAccessEntry(signal: AbortSignal): Promise<boolean>;
  deleteAccessEntry(signal: AbortSignal): Promise<void>;
  readRole(signal: AbortSignal): Promise<InstallRole | null>;
  /** Attaches the account stack's fixed policy `<prefix>-ended`: it denies everything, to sessions old and new. The only one the runner may attach. */
  denyEverything(signal: AbortSignal): Promise<void>;
  /** Takes it off again: a role that has policies cannot be deleted. */
  liftDenial(signal: AbortSignal): Promise<void>;
  detachPolicy(arn: string, signal: AbortSignal): Promise<void>;
  deleteInlinePolicy(name: string, signal: AbortSignal): Promise<void>;
  deleteRole(signal: AbortSignal): Promise<void>;
};

export type InstallRole = {
  /** IAM's own id: another one when a role of the same name is made again. */
  roleId: string;
  /** The policy that denies everything is attached. */
  denied: boolean;
  /** ARNs of all others. */
  attachedPolicies: string[];
  inlinePolicies: string[];
};

/** Whether the runner can stand on its own: it reads the state bucket and takes and gives back a lock in it, with its own role. Throws why not. */
export type StateAccess = { proveReadAndLock(signal: AbortSignal): Promise<void> };

/** How a harmless call signed by the install role's old session was answered. */
export type ProbeResult =
  /** There is none to try. */
  | 'none'
  | 'allowed'
  | 'refused'
  /** The signed URL itself ran out: it proves nothing. */
  | 'expired';

export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;
