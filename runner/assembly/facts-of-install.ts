import type { StateBackend } from '../components/terraform/backend.ts';
import type { LockingCall } from '../components/terraform/lock-holder.ts';
import type { RunnerConfig } from '../config.ts';
import type { JournalEntry } from '../effects/index.ts';
import type { EngineSet } from './engine-set.ts';
import type { InstallFacts } from '../ports.ts';

/** What never changes while the runner runs. */
export function factsOf(config: RunnerConfig, engines: EngineSet): InstallFacts {
  const { id, product, region, account, prefix } = config.install;
  return {
    id,
    product,
    region,
    account,
    prefix,
    vendorRegistry: config.vendorRegistry.host,
    state: stateOf(config),
    terraformDrift: config.terraform.drift,
    terraformEnv: engines.terraformEnv,
  };
}

/** Terraform calls in which earlier runners died, by component: they may have left a lock on its state. */
export function terraformInterrupted(entries: readonly JournalEntry[]): ReadonlyMap<string, readonly LockingCall[]> {
  const calls = new Map<string, LockingCall[]>();
  for (const { kind, target, epoch, at, by } of entries) {
    if (!kind.startsWith('terraform-')) continue;
    const { identity, host } = by ?? { identity: '', host: '' };
    calls.set(target, [...(calls.get(target) ?? []), { identity, host, epoch, from: new Date(at), to: null }]);
  }
  return calls;
}

function stateOf({ state, kubernetes, namespace }: RunnerConfig): StateBackend {
  switch (state.kind) {
    case 's3':
      return { ...state, kmsKeyArn: state.kmsKeyArn === '' ? null : state.kmsKeyArn };
    case 'azurerm':
      return state;
    default:
      return { ...state, namespace, kubeconfig: kubernetes.kind === 'kubeconfig' ? kubernetes.path : null };
  }
}
