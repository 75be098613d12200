import type { Clock } from '../../contract/index.ts';
import type { Helm, Tofu } from '../../engines/index.ts';
import type { BaseLayerParts } from '../base/index.ts';
import type { GivenPermissions } from '../permissions/index.ts';
import type { DriftCache } from '../components/helm/drift.ts';
import type { ComponentAccounts } from '../accounts/index.ts';
import type { ManifestCache } from '../components/helm/observe.ts';
import type { KnownManifests } from '../components/manifests/known.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { Contest } from '../remedy/index.ts';
import type { WatchTarget } from './settle/watch-target.ts';
import type { PullSecrets } from '../pull-secrets/index.ts';
import type { KeptComponents } from './memory/kept.ts';
import type { KeptSecrets, SecretMarks } from '../secrets/index.ts';
import type { Width } from './settle/schedule.ts';
import { createTerraformState, type TerraformState } from './memory/terraform-state.ts';
import type { Effects, EventSink, InstallFacts, InstallStatus, Mirror, PolicySource, Store } from '../ports.ts';

/** Everything the reconciler needs comes in here. */
export type ReconcilerOptions = {
  store: Store;
  effects: Effects;
  kubernetes: Kubernetes;
  /** The runner's own namespace: no component reaches into it. */
  namespace: string;
  helm: Helm;
  /** Name of the post-renderer plugin (`writePostRendererPlugin` returns it) in the helm engine's pluginsDir. */
  postRenderer: string;
  /** An engine for one work folder, with the credentials of `install.terraformEnv`. */
  tofuIn: (workDir: string, cliConfigPath: string, env?: Readonly<Record<string, string>>) => Tofu;
  mirror: Mirror;
  /** Where nodes cannot pull from the mirror by themselves. */
  pullSecrets?: Pick<PullSecrets, 'ensureIn'> | undefined;
  /** Secret inputs out of the customer's store; absent: the runner has no way to one. */
  keptSecrets?: Pick<KeptSecrets, 'ensure'> | undefined;
  /** By which another value of a secret is known; absent: they are not followed. */
  secretMarks?: SecretMarks | undefined;
  clock: Clock;
  policy: PolicySource;
  events: EventSink;
  install: InstallFacts;
  /** Of this runner alone; may be empty at start. */
  workDir: string;
  /** Shared by all that work with Terraform in one runner. */
  terraformState?: TerraformState | undefined;
  /** How long to wait after the n-th failed pass in a row. Default: 1 s doubling to 60 s. */
  backoff?: (failures: number) => number;
  onStatus: (status: InstallStatus) => void;
  /** How many components are settled at a time. Default: usualWidth. */
  width?: Width | undefined;
  /** The base layer that the runner looks after; absent: the install has none of ours. */
  base?: BaseLayerParts | undefined;
  /** How each component is applied as a service account of its own. Absent: everything is done with the runner's own rights. */
  accounts?: ComponentAccounts | undefined;
  /** For tests' twins alone; see UpgradeParts. */
  guards?: { readonly ownBranch?: false } | undefined;
  /** What the account stack gives, and where to widen it. Absent: there is no account stack, nothing is compared. */
  given?: (GivenPermissions & { values: Readonly<Record<string, string>>; updateUrl: string }) | undefined;
};

/** With what is known from the passes before. */
export type Parts = ReconcilerOptions & {
  /** Manifests of Helm's records. */
  cache: ManifestCache;
  /** What others have changed of charts' objects. */
  drift: DriftCache;
  /** By component, what somebody else changes again each time it is set back. */
  contested: Map<string, readonly Contest[]>;
  /** Where the values of charts come from, by component: what is to be watched. */
  valuesFrom: Map<string, readonly WatchTarget[]>;
  manifests: KnownManifests;
  /** Namespaces of jobs, by component. */
  jobs: Map<string, string>;
  kept: KeptComponents;
  /** That are there, as this pass has seen. */
  namespaces: Set<string>;
  terraformState: TerraformState;
  /** Of one component that is done as its account: its rights in namespaces in which it is no more are taken. */
  leaveOthers?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** When a component asks for a pass though nothing has changed, told anew in each pass. */
  wakes: Map<string, Date>;
  /** Marks of the secrets that a component is given, by component and input. */
  seenSecrets: Map<string, ReadonlyMap<string, string>>;
};

/** With nothing known yet. */
export function freshParts(options: ReconcilerOptions): Parts {
  return {
    ...options,
    cache: new Map(),
    drift: new Map(),
    contested: new Map(),
    valuesFrom: new Map(),
    manifests: new Map(),
    jobs: new Map(),
    kept: new Map(),
    namespaces: new Set(),
    terraformState: options.terraformState ?? createTerraformState({}, options),
    wakes: new Map(),
    seenSecrets: new Map(),
  };
}
