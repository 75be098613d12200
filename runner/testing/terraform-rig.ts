import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type JsonObject,
  releaseSchema,
  type RunnerPolicy,
  runnerPolicySchema,
  sha256,
  systemClock,
} from '../../contract/index.ts';
import { createProcessRunner, createTofu, type RunProcess } from '../../engines/index.ts';
import { actTerraform, destroyTerraform, type TerraformParts } from '../components/terraform/act.ts';
import type { StateBackend } from '../components/terraform/backend.ts';
import { lookForDrift } from '../components/terraform/drift.ts';
import type { LockingCall } from '../components/terraform/lock-holder.ts';
import type { ModuleGuards } from '../components/terraform/module-guards.ts';
import { noSecretVariables, type SecretVariables } from '../components/terraform/secret-variables.ts';
import { createWorkspaces } from '../components/terraform/workspaces.ts';
import type { DesiredTerraform } from '../components/desired.ts';
import { createFakeInstall, type FakeInstall } from './fake-install.ts';

/** Absolute paths of the engines that are here: OpenTofu as given, and Terraform where PATH has it. */
export function terraformBinaries(tofu: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const terraform = folders.map((folder) => join(folder, 'terraform')).find((file) => existsSync(file));
  return terraform === undefined ? [tofu] : [tofu, terraform];
}

/** An engine that dies with all that it has started as soon as it changes something: its lock stays. */
export function killedAtApply(real: RunProcess): RunProcess {
  return (request) => {
    let pid = 0;
    return real({
      ...request,
      onSpawn: (identity) => {
        ({ pid } = identity);
        return request.onSpawn?.(identity);
      },
      parseLine: (text) => {
        request.parseLine?.(text);
        if (text.includes('"type":"apply_start"')) process.kill(-pid, 'SIGKILL');
      },
    });
  };
}

/** A component's module, settings and inputs as a test says them. */
export type Wanted = {
  module: string;
  /** More of its files, by name. */
  files?: Record<string, string>;
  variables?: JsonObject;
  settings?: JsonObject;
};

export type ActOptions = {
  runProcess?: RunProcess;
  dead?: LockingCall[];
  secrets?: SecretVariables;
  policy?: RunnerPolicy;
  guards?: ModuleGuards;
};

/** A real engine on a state of that kind: what a runner does with one component, without the runner around it. */
export async function openTerraformRig(
  binary: string,
  state: StateBackend,
  env: Record<string, string> = {},
  /** How its children come to the world: as the runner's network has it. */
  through: (runProcess: RunProcess) => RunProcess = (runProcess) => runProcess,
) {
  const install: FakeInstall = createFakeInstall();
  const runner = await install.startRunner();
  const privateDir = await mkdtemp(join(tmpdir(), 'landfall-private-'));
  const logs: string[] = [];
  const events: string[] = [];
  const real = through(createProcessRunner({ clock: systemClock }));
  const modules = new Map<string, Record<string, string>>();
  const mirror = {
    ...install.mirror,
    fetchModule: async ({ digest }: { digest: string }, dir: string) => {
      for (const [name, text] of Object.entries(modules.get(digest) ?? {})) {
        await mkdir(dirname(join(dir, name)), { recursive: true });
        await writeFile(join(dir, name), text);
      }
    },
  };

  const desired = (name: string, { module, files = {}, variables = {}, settings = {} }: Wanted): DesiredTerraform => {
    const all = { 'main.tf': module, ...files };
    const digest = sha256(JSON.stringify(all));
    modules.set(digest, all);
    const artifact = { repository: 'm', digest, mediaType: 'x/y', size: 1 };
    const { components } = releaseSchema.parse({
      apiVersion: 'landfall.dev/v1',
      kind: 'Release',
      product: 'shop',
      title: 'Shop',
      version: '1.0.0',
      inputs: { schema: {} },
      permissions: [],
      components: [{ name, kind: 'terraform', module: artifact, providers: [], ...settings }],
    });
    const [component] = components;
    if (component?.kind !== 'terraform') throw new Error('not a terraform component');
    return { kind: 'terraform', component, variables, fingerprint: sha256(JSON.stringify({ all, variables })) };
  };
  const partsOf = (more: ActOptions, about = ''): TerraformParts => ({
    ...{ effects: runner.effects, kubernetes: install.kubernetes, namespace: 'landfall-system', clock: systemClock },
    workspaces: createWorkspaces({
      ...{ mirror, workDir: install.workDir, privateDir, cacheBytes: 1e9, guards: more.guards },
    }),
    moduleGuards: more.guards,
    events: {
      event: ({ reason, message }) => void events.push(`${reason}: ${message}`),
      componentState: () => undefined,
      log: (_, message) => void logs.push(message),
    },
    self: { host: hostname(), since: new Date() },
    deadCalls: new Map([[about, [...(more.dead ?? [])]]]),
    lookAgain: () => new Date(),
    policy: { current: () => more.policy ?? runnerPolicySchema.parse({}) },
    isApproved: (component, digest) =>
      (more.policy?.approvals ?? []).some((each) => each.component === component && each.planDigest === digest),
    install: { state, terraformEnv: env },
    tofuIn: (workDir, cliConfigPath, children = {}) =>
      createTofu({
        binary,
        workDir,
        cliConfigPath,
        privateDir,
        env: { ...env, ...children },
        runProcess: more.runProcess ?? real,
      }),
  });
  const stop = runner.stop.signal;
  return {
    real,
    env,
    install,
    privateDir,
    logs,
    events,
    desired,
    act: async (what: DesiredTerraform, more: ActOptions = {}) => {
      let applies = 0;
      const before = async (): Promise<void> => void (applies += 1);
      const outputs = await actTerraform(
        partsOf(more, what.component.name),
        what,
        more.secrets ?? noSecretVariables,
        { before },
        stop,
      );
      return { outputs, applies };
    },
    /** One set of parts for several calls: as one runner makes them. */
    asOneRunner: (more: ActOptions) => {
      const parts = partsOf(more);
      return (what: DesiredTerraform) =>
        actTerraform(parts, what, noSecretVariables, { before: async () => undefined }, stop);
    },
    destroy: (what: DesiredTerraform, more: ActOptions = {}) =>
      destroyTerraform(partsOf(more), what, noSecretVariables, { before: async () => undefined }, stop),
    drift: (what: DesiredTerraform, more: ActOptions = {}) =>
      lookForDrift(partsOf(more), what, noSecretVariables, stop),
    close: async (): Promise<void> => {
      install.dispose();
      await rm(privateDir, { recursive: true, force: true });
    },
  };
}

export type TerraformRig = Awaited<ReturnType<typeof openTerraformRig>>;
