import type { CodeEntry } from './code-entry.ts';

/** The runner's core: LF-RUNNER-001 to 049. */
export const runnerCoreCodes = {
  'LF-RUNNER-001': {
    what: 'The cluster refused or did not answer a call of the runner.',
    next: "Check that the API server is up and that the runner's ClusterRole allows the call named.",
  },
  'LF-RUNNER-002': {
    what: 'A document in the cluster was changed by someone else meanwhile.',
    next: 'Nothing: the runner reads it again. If it goes on, look for a second runner.',
  },
  'LF-RUNNER-003': {
    what: 'A document in the cluster was written under a newer lease: this runner is no longer the owner.',
    next: 'Nothing: this process stops. If it goes on, look for a second runner.',
  },
  'LF-RUNNER-004': {
    what: 'The lease was lost or could not be renewed in time.',
    next: 'Check the API server; the runner ends its work and takes the lease again.',
  },
  'LF-RUNNER-005': {
    what: 'A document in the store cannot be read.',
    next: 'Look at the ConfigMap named; delete it only if you know what it holds.',
  },
  'LF-RUNNER-006': {
    what: 'A rendered manifest uses an image that the release does not pin.',
    next: "Name the image in the chart's values so that `release build` finds it, and publish again.",
  },
  'LF-RUNNER-007': {
    what: 'A rendered manifest cannot be read, or Kubernetes might read it otherwise, so its images and namespaces cannot be judged.',
    next: 'Correct the chart; `helm template` shows the text. No tags like `!!binary`, no key twice, merge keys first.',
  },
  'LF-RUNNER-008': {
    what: 'A component did not get healthy in time.',
    next: 'Look at the workload named; publish a release that corrects it.',
  },
  'LF-RUNNER-009': {
    what: 'Applying a component failed.',
    next: "Look at the runner's log for the engine's output; publish a release that corrects it.",
  },
  'LF-RUNNER-010': {
    what: 'A Terraform plan would destroy something that holds data.',
    next: 'Publish a release that keeps it, or remove it by hand.',
  },
  'LF-RUNNER-011': {
    what: 'A secret that a component needs is not in the cluster.',
    next: 'Create the Secret and key named; the runner goes on by itself.',
  },
  'LF-RUNNER-012': {
    what: 'The dependencies among components form a circle or name a component that is not there.',
    next: 'Correct dependsOn in landfall.yaml and publish again.',
  },
  'LF-RUNNER-013': {
    what: 'A Helm release record cannot be read.',
    next: 'Look at it with `helm history`; an unreadable record can be deleted by hand.',
  },
  'LF-RUNNER-014': {
    what: 'A request names a component that is not installed.',
    next: 'Name one of the components of the release in force.',
  },
  'LF-RUNNER-015': {
    what: 'A plan for the base layer would cut off the runner, or open the account to somebody.',
    next: 'Publish a release that keeps what is named. No approval lets this through; what must go all the same, the customer takes away by hand.',
  },
  'LF-RUNNER-016': {
    what: 'A plan for the base layer cannot be carried out in the order that is safe.',
    next: 'Publish a release whose base layer moves Kubernetes by one minor version and changes node groups apart from the rest.',
  },
  'LF-RUNNER-017': {
    what: 'The runner could not read which permissions the account stack gives.',
    next: 'Apply the newest account stack: it lets the runner read its own policies.',
  },
  'LF-RUNNER-018': {
    what: 'A namespace that a component needs is being deleted.',
    next: 'Look at what holds it: `kubectl get namespace <name> -o yaml` names it under status.conditions. The runner makes the namespace anew when it is gone.',
  },
  'LF-RUNNER-019': {
    what: 'The runner has too little memory left to start an engine beside itself.',
    next: 'Nothing when it passes; else raise resources.limits.memory of the runner, or lower `parallel`.',
  },
  'LF-RUNNER-020': {
    what: "The runner's work folder is full.",
    next: 'Nothing when it passes; else raise workDir.sizeLimit of the runner, or make room on the volume named.',
  },
  'LF-RUNNER-021': {
    what: 'Somebody has taken a kind (a CustomResourceDefinition) out of the cluster that a Helm release uses: Helm can neither upgrade nor remove it.',
    next: 'Put the definition back; the runner goes on by itself. What was of that kind went with it, and is made anew.',
  },
} as const satisfies Record<string, CodeEntry>;
