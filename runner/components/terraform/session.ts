import type { JsonObject, TerraformComponent } from '../../../contract/index.ts';
import { describeError, LandfallError } from '../../../contract/index.ts';
import {
  initialisedProviders,
  removedProvisioners,
  type Tofu,
  type TofuPlan,
  type TofuPlanDocument,
  type TofuPlanResult,
} from '../../../engines/index.ts';
import type { InstallFacts } from '../../ports.ts';
import { backendOverride, type StateKey } from './backend.ts';
import { callOf, type CallParts, locking } from './calls.ts';
import { judgeProviders, judgeRemoved, type PlanLimits } from './judge-plan.ts';
import { type ModuleGuards, refusedFetch, requireBackend, requireOwnModules } from './module-guards.ts';
import { refusePlan } from './refuse-plan.ts';
import { rescueStates } from './rescue.ts';
import { noSecretVariables, type SecretVariables } from './secret-variables.ts';
import { leftState, type Workspace, type Workspaces } from './workspaces.ts';

export type SessionParts = CallParts & {
  /** One Tofu per work folder; `env` is added to what it gets of the cloud. */
  tofuIn: (workDir: string, cliConfigPath: string, env?: Readonly<Record<string, string>>) => Tofu;
  workspaces: Workspaces;
  install: Pick<InstallFacts, 'state' | 'terraformEnv'>;
  moduleGuards?: Omit<ModuleGuards, 'files'> | undefined;
};

export type SessionOptions = {
  component: TerraformComponent;
  stateKey: StateKey;
  variables: JsonObject;
  /** Whose limits hold for the programs that a plan would run while it is made; see judgeProviders. */
  allowed: PlanLimits['allowed'];
  secrets?: SecretVariables;
  /** More of the engine's environment, once its folder is there. */
  environment?: (workspace: Workspace) => Promise<Record<string, string>>;
  signal: AbortSignal;
};

/** The engine on one component's state, from init on. Whatever an earlier run could not write of that state is written first. */
export type Session = {
  tofu: Tofu;
  /** Made into the session's one saved plan, which takes the place of the one before. */
  plan(request: Omit<TofuPlan, 'out' | 'variables'>, intent: string): Promise<TofuPlanResult>;
  /** The saved plan. It holds secrets. */
  show(): Promise<TofuPlanDocument>;
  /** That very saved plan. */
  apply(intent: string): Promise<void>;
  /** Plan and workspace go; a state that could not be written stays. */
  close(): Promise<void>;
};

export async function openSession(parts: SessionParts, options: SessionOptions): Promise<Session> {
  const { component, variables, signal } = options;
  const secrets = options.secrets ?? noSecretVariables;
  const target = component.name;
  const ownEndpoint = (parts.install.terraformEnv['AWS_ENDPOINT_URL'] ?? '') !== '';
  const override = backendOverride(parts.install.state, options.stateKey, { ownEndpoint });
  const workspace = await parts.workspaces.open(component, override, signal);
  const close = (): Promise<void> => parts.workspaces.close(workspace, component);
  try {
    const { base, module, cliConfig, planFile } = workspace;
    const tofu = parts.tofuIn(module, cliConfig, { ...secrets.env, ...(await options.environment?.(workspace)) });
    const rescue = (): Promise<void> => rescueStates(parts, { target, base, tofu, signal });
    await parts.effects.run('terraform-init', { target, intent: component.module.digest }, (context) =>
      // Where a state's first lock is made to make the state, this may find one.
      locking(parts, target, tofu, () =>
        tofu.init({}, callOf(parts, target, context, secrets.values)).catch((error: unknown) => {
          throw refusedFetch(target, error) ?? error;
        }),
      ),
    );
    const { moduleGuards: guards = {} } = parts;
    if (guards.backend !== false) await requireBackend(target, module, override);
    if (guards.modules !== false) await requireOwnModules(target, module);
    if (guards.programs !== false) {
      refusePlan(target, judgeProviders(await initialisedProviders(module), { allowed: options.allowed }));
      refusePlan(target, judgeRemoved(await removedProvisioners(module), { allowed: options.allowed }));
    }
    await rescue();
    return {
      tofu,
      plan: (request, intent) =>
        parts.effects.run('terraform-plan', { target, intent }, (context) =>
          locking(parts, target, tofu, () =>
            tofu.plan({ ...request, out: planFile, variables }, callOf(parts, target, context, secrets.values)),
          ),
        ),
      show: async () => {
        const plan = await tofu.showPlan({ planFile }, { signal, secrets: secrets.values });
        if (plan.document['errored'] !== true) return plan;
        throw new LandfallError('LF-RUNNER-161', `the plan of ${target} is not whole`);
      },
      apply: async (intent) => {
        try {
          await parts.effects.run('terraform-apply', { target, intent }, (context) =>
            locking(parts, target, tofu, () =>
              tofu.apply({ planFile }, callOf(parts, target, context, secrets.values)),
            ),
          );
        } catch (cause) {
          // What was made is made, and known here alone: no fault of the release, and the next pass begins with it.
          if (signal.aborted || !(await leftState(workspace))) throw cause;
          const message = `the state of ${target} could not be written at the end of an apply: ${describeError(cause)}`;
          throw new LandfallError('LF-RUNNER-166', message, { temporary: true, cause });
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
