import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../contract/index.ts';
import type { Guards, RecordedCall } from '../../dev/cloud/index.ts';
import { openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import { createGroupGuard, createProcessRunner } from '../../engines/index.ts';
import {
  assumeInstallRole,
  installAccount,
  installBase,
  type InstallContext,
  type InstallSession,
  planBase,
} from '../../install/index.ts';
import { type AccountInputsGiven, type BaseInputsGiven, installNames, type Place } from '../../stacks/index.ts';
import type { PlaceholderValues } from '../../stacks/index.ts';
import { sampleValues } from './policies.ts';

export const engines = await requireEngines('moto', 'registry', 'aws-provider', 'tofu', 'helm');

/** One account of the stand-in in which installs are made with the real provider, and every call is kept. */
export type RecordedAccount = OpenAccount & {
  context(installId: string): InstallContext;
  /** Account stack, base stack by the install role, and a second plan. `base` is what this install decides besides. */
  install(installId: string, inputs?: Decisions): Promise<RecordedInstall>;
  close(): Promise<void>;
};

export type Decisions = {
  account?: Partial<AccountInputsGiven>;
  base?: Partial<BaseInputsGiven>;
};

export type RecordedInstall = {
  place: Place & { installId: string };
  inputs: { account: AccountInputsGiven; base: BaseInputsGiven };
  values: PlaceholderValues;
  session: InstallSession;
  /** What the second plan wants to change: nothing. */
  secondPlan: { changed: boolean };
  outputs: { vpcId: string; privateSubnetIds: string[]; clusterName: string };
};

const externalId = 'a-random-external-id-0123456789';

/** Without the stand-in's policies the evaluator in the test decides: a missing right is a line in a list and not the end of the run. */
export async function openRecordedAccount(
  say: (line: string) => void = () => undefined,
  guards: Partial<Guards> = { policies: false },
): Promise<RecordedAccount> {
  const account = await openAccount(guards);
  const dir = await mkdtemp(join(tmpdir(), 'lf-permissions-'));
  const guard = createGroupGuard();
  const { cloud } = account;
  const installExpiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const context = (installId: string): InstallContext => ({
    clock: systemClock,
    runProcess: createProcessRunner({ clock: systemClock, guard }),
    say: ({ text }) => say(text),
    engines: { tofu: engines.path('tofu'), helm: engines.path('helm') },
    providerMirror: engines.path('aws-provider'),
    workDir: join(dir, installId),
    awsEndpointUrl: cloud.endpoint,
  });
  return {
    ...account,
    context,
    async install(installId, decisions = {}) {
      const place = { installId, accountId: cloud.accountId, region: cloud.region };
      const inputs = {
        account: {
          ...place,
          installPrincipal: { kind: 'vendor', arn: cloud.people.vendorInstaller.arn, externalId } as const,
          installExpiresAt,
          ...decisions.account,
        },
        base: { ...place, ...decisions.base },
      };
      const its = context(installId);
      const { outputs } = await installAccount(its, {
        inputs: inputs.account,
        credentials: cloud.people.customerAdmin,
      });
      const vendor = { credentials: cloud.people.vendorInstaller, externalId };
      const session = await assumeInstallRole(its, { ...place, ...vendor });
      const base = await installBase(its, { inputs: inputs.base, session });
      const secondPlan = await planBase(its, { inputs: inputs.base, session });
      const names = installNames({ ...place, clusterName: inputs.base.clusterName });
      const values: PlaceholderValues = {
        ...sampleValues,
        prefix: names.prefix,
        account: place.accountId,
        region: place.region,
        cluster: names.cluster,
        install: installId,
        'state-key': outputs.stateKeyArn,
        'cluster-key': outputs.clusterKeyArn,
        'expires-at': installExpiresAt,
        'external-id': externalId,
        'vendor-principal': cloud.people.vendorInstaller.arn,
        boundary: names.boundaryArn,
      };
      return { place, inputs, values, session, secondPlan, outputs: base.outputs };
    },
    async close() {
      guard.stop();
      await account.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The calls that sessions of one role of an install made. */
export function callsOf(calls: readonly RecordedCall[], roleName: string): RecordedCall[] {
  return calls.filter((call) => call.principal.includes(`:assumed-role/${roleName}/`));
}
