/** What a condition's or a wait's reason means, and what a person can do. The runner goes on by itself wherever `next` says nothing else. */
export type ReasonEntry = { readonly what: string; readonly next: string };

const nothing = 'Nothing: the runner goes on by itself.';

/** Every reason of a condition, and everything that is waited for. docs/reference/reasons.md is made of it. */
export const reasons = {
  // As it should be.
  Applied: { what: 'What is wanted is applied.', next: nothing },
  Healthy: { what: 'All of its workloads are ready.', next: nothing },
  Completed: { what: 'The job has run to its end.', next: nothing },
  NotManaged: { what: 'The base layer of this install is not looked after by the runner.', next: nothing },
  NotInstalled: {
    what: 'Nothing of it is installed yet.',
    next: 'Nothing, or ask for a release in the control plane.',
  },
  // Under way.
  Progressing: { what: 'It is on its way to what is wanted, or not ready yet.', next: nothing },
  Applying: { what: 'It is being applied; the message says why.', next: nothing },
  WaitingForHealth: {
    what: 'It is applied, and not healthy yet.',
    next: 'Nothing. When its time (health.timeoutSeconds) is over it counts as failed; look at the workload named until then.',
  },
  RollingBack: { what: 'A release failed here, and what can go back goes back.', next: nothing },
  ComponentsNotReady: {
    what: 'The release is applied, and some of its components are not ready now.',
    next: 'Look at the components named: `landfall runner explain <component>`.',
  },
  Pending: { what: 'It has not been looked at yet.', next: nothing },
  Running: { what: 'All components of the entity run.', next: nothing },
  ShuttingDown: { what: 'It is being taken away.', next: nothing },
  Degraded: {
    what: 'It runs, but not as it should: for example on fewer nodes than it needs.',
    next: 'Look at the workload named, and whether the cluster has room for it.',
  },
  Retrying: {
    what: 'It failed, and is tried again after a pause.',
    next: 'Nothing: the message says when. When its tries are used up it counts as failed.',
  },
  Suspended: {
    what: 'The release says that this component is left as it is.',
    next: 'Publish a release without `suspend` when it is to go on.',
  },
  // At an end that people have to know of.
  ReleaseDenied: {
    what: 'A release failed here and was taken back. It is not tried again unasked.',
    next: 'Publish a release that corrects it, or ask for it again with other inputs.',
  },
  InstallFailed: {
    what: 'The first release failed, and there is none to go back to.',
    next: 'Publish a release that corrects it, or ask for it again with other inputs.',
  },
  Held: {
    what: 'A component with `onFailure: hold` failed: everything stays where it is until people decide.',
    next: 'Ask for another release (or the last good one, to go back); or, after mending what was wrong, let the customer approve this failure in the RunnerPolicy, and it is tried once more.',
  },
  PartiallyRolledBack: {
    what: 'A release was taken back, but for components that only go forward.',
    next: 'Publish a release that goes forward from there.',
  },
  RollbackFailed: {
    what: 'Going back to the last good release does not succeed yet. It is tried again and again.',
    next: 'Look at what the message names; a newer release may be asked for meanwhile.',
  },
  ForwardOnly: {
    what: 'The component is newer than the release in force, and cannot go back.',
    next: 'Publish a release that goes forward from there.',
  },
  ApplyFailed: {
    what: 'The component could not be applied.',
    next: "Read the message and the runner's log; publish a release that corrects it.",
  },
  HealthFailed: {
    what: 'The component failed or did not get healthy in its time.',
    next: 'Look at the workload named (`kubectl describe`, `kubectl logs`); publish a release that corrects it.',
  },
  UpgradeFailed: {
    what: 'The component could not be brought to what is wanted; what ran before is kept.',
    next: 'Read the message; publish a release that corrects it.',
  },
  RemedyExhausted: {
    what: 'What the runner may do by itself against a known fault is used up, and it is not mended.',
    next: 'Look at the workload named: the same fault has come back as often as it was remedied.',
  },
  // What others have changed.
  DriftContested: {
    what: 'Somebody changes the same field or resource again each time it is set back, so it is left as it is for a day, or until another release; or deletes the same object each time it is put back, so it is put back again ten minutes later.',
    next: 'Find who changes it (`kubectl get <object> -o yaml --show-managed-fields`) and stop them, or publish a release that ignores the field (`drift.ignore`). Once it is as the release has it, this goes by itself.',
  },
  ObjectsMissing: {
    what: 'Objects were deleted by somebody.',
    next: 'Nothing: they are put back, unless the runner is paused. What somebody deletes again each time waits for ten minutes: see `DriftContested`.',
  },
  ObjectsChanged: {
    what: 'Fields were changed by somebody.',
    next: 'Nothing where drift is corrected; with `drift: warn` change them back, or publish a release that has them so.',
  },
  ResourcesChanged: {
    what: 'Resources of a Terraform component were changed by somebody.',
    next: 'Nothing where drift is corrected; with `drift: warn` change them back, or publish a release that has them so.',
  },
  // What is waited for.
  Paused: {
    what: "The customer's policy pauses the runner.",
    next: 'The customer sets `paused: false` in the RunnerPolicy.',
  },
  MaintenanceWindow: {
    what: 'It is outside of the maintenance windows.',
    next: 'Nothing: it begins when the window opens. The customer may widen the windows.',
  },
  Freeze: {
    what: 'The customer has frozen changes on these days.',
    next: 'Nothing: it begins afterwards. The customer may lift the freeze.',
  },
  NoWindow: {
    what: 'No window is for everything that the release changes.',
    next: 'The customer adds such a window to the RunnerPolicy.',
  },
  CustomerDecides: {
    what: 'The customer decides about every release.',
    next: 'The customer adds the approval that the message names to the RunnerPolicy.',
  },
  ApprovalNeeded: {
    what: 'Something in it needs the word of the customer.',
    next: 'The customer adds the approval that the message names to the RunnerPolicy.',
  },
  KindNotAllowed: {
    what: "The customer's policy does not allow components of this kind.",
    next: 'Publish a release without it, or the customer widens allowedKinds.',
  },
  NamespaceNotAllowed: {
    what: "The customer's policy does not allow this namespace.",
    next: 'Publish a release without it, or the customer widens allowedNamespaces.',
  },
  VerbNotAllowed: {
    what: "The customer's policy does not allow this kind of change.",
    next: 'The customer widens allowedVerbs.',
  },
  RegistryNotAllowed: {
    what: "The customer's policy does not allow releases from this registry.",
    next: 'The customer widens allowedRegistries.',
  },
  PolicyUnusable: {
    what: "The customer's policy cannot be understood, so nothing is changed.",
    next: 'The customer corrects the RunnerPolicy; the message names the field.',
  },
  PermissionsNeeded: {
    what: 'The account stack does not give what the release needs.',
    next: 'The customer updates the account stack; the message has the address.',
  },
  RightsNeeded: {
    what: 'A component needs rights in the cluster that its service account does not have.',
    next: "The customer's admin reads and applies what the message names (docs/customer/rights.md).",
  },
  PermissionsUnreadable: {
    what: 'The runner cannot read which permissions the account stack gives.',
    next: 'Apply the newest account stack.',
  },
  SecretMissing: {
    what: 'A secret that a component needs is not there.',
    next: 'The customer makes the Secret and key named.',
  },
  SecretUnavailable: {
    what: 'The store of a secret input does not answer, or does not give its value.',
    next: 'Look at the access to the store that the message names.',
  },
  ValuesMissing: {
    what: 'A ConfigMap or Secret that a chart takes values from is not there.',
    next: 'Make the one that the message names; the runner goes on by itself.',
  },
  QuotaExceeded: {
    what: 'A quota of a namespace or of the cloud account is used up. The release is not blamed for it.',
    next: 'Raise the quota that the message names, or make room in it; the runner tries again by itself.',
  },
  WebhookUnavailable: {
    what: 'An admission webhook of the cluster does not answer. The release is not blamed for it.',
    next: 'Look at the webhook that the message names: its Service, its pods, its certificate. The runner tries again by itself.',
  },
  NamespaceTerminating: {
    what: 'A namespace that a component needs is being deleted by somebody.',
    next: 'Look at what holds it (`kubectl get namespace <name> -o yaml`, status.conditions). When it is gone, the runner makes it anew.',
  },
  KindMissing: {
    what: 'Somebody has taken a kind (a CustomResourceDefinition) out of the cluster that the component uses.',
    next: 'Put the definition back; the runner then puts back what went with it.',
  },
  DiskFull: {
    what: "The runner's work folder is full.",
    next: 'Nothing when it passes; else raise workDir.sizeLimit of the runner.',
  },
  MemoryShort: {
    what: 'The runner has too little memory left to start an engine. What runs is not touched.',
    next: 'Nothing when it passes; else raise resources.limits.memory of the runner, or lower `parallel`.',
  },
  RegistryUnavailable: {
    what: 'A registry does not answer, or does not have what is needed.',
    next: 'Nothing when it passes; else look at the registry and the way to it.',
  },
  ApiServerUnavailable: {
    what: 'The API server does not answer, is too busy, or refuses a call.',
    next: "Nothing when it passes; a refusal that stays is in the message: check webhooks, quotas and the runner's rights.",
  },
  EngineFailed: {
    what: 'Helm or Terraform failed for a reason outside of the release.',
    next: 'Nothing when it passes; else read the message.',
  },
  StateLocked: {
    what: 'Somebody else holds the lock of a Terraform state; the message says who and since when.',
    next: 'Wait for them; a lock whose holder is dead is taken off with `tofu force-unlock`, or by hand where its state was never written (docs/runner-terraform.md).',
  },
  PlanNotAllowed: {
    what: "A Terraform plan does what the customer's policy does not allow. Nothing of it was applied.",
    next: 'The customer changes `terraform` of the RunnerPolicy, or the vendor publishes a release that keeps to it.',
  },
  CloudUpdateRunning: { what: 'The cloud is still changing the cluster or its nodes.', next: nothing },
  RunnerMoving: { what: 'The runner moves to other nodes, so that its own can be changed.', next: nothing },
  Temporary: {
    what: 'Something failed that may pass; it is tried again.',
    next: 'Nothing when it passes; else read the message.',
  },
  Unexpected: {
    what: 'Something failed that nobody expected; it is tried again.',
    next: "Report it with the message and the runner's log.",
  },
} as const satisfies Record<string, ReasonEntry>;

export function reasonEntry(reason: string): ReasonEntry | undefined {
  return new Map<string, ReasonEntry>(Object.entries(reasons)).get(reason);
}
