import type { z } from 'zod';
import { LandfallError, parseValue } from '../contract/index.ts';
import type { Place } from '../stacks/index.ts';
import { type EndProof, proveEnd } from './end/prove-end.ts';
import type { AwsCredentials, InstallContext } from './context.ts';
import type { AccountRequest } from './account.ts';
import { type BaseRequest, installBase } from './base.ts';
import { handOff } from './hand-off/hand-off.ts';
import { requireRunnerRuns } from './hand-off/runner-architectures.ts';
import type { HandOffRequest, RegistryAddress } from './hand-off/request.ts';
import { assumeInstallRole } from './identity.ts';
import { type InstallFile, sharedOptionsSchema } from './install-file.ts';

export type InstallSecrets = {
  /** Of the principal that the install file names. */
  credentials: AwsCredentials;
  joinToken: () => Promise<string>;
  vendorRegistry?: RegistryAddress['credentials'];
};

export type ApplyResult = { clusterName: string; registryHost: string; runner: string; end: EndProof };

/** The whole one-time install after the account stack: base, hand-off, proof of the end. Killed anywhere, it is run again. */
export async function applyInstall(
  context: InstallContext,
  file: InstallFile,
  secrets: InstallSecrets,
): Promise<ApplyResult> {
  const place = placeOf(file);
  const vendor = { credentials: secrets.credentials, externalId: vendorAccess(file).externalId };
  const session = await assumeInstallRole(context, { ...place, ...vendor });
  const inputs = baseInputs(file);
  if (inputs.mode !== 'cluster' && (inputs.publicEndpointCidrs ?? []).length === 0) {
    const text =
      "the cluster's public endpoint stays off (no publicEndpointCidrs): the hand-off works inside its network";
    context.say({ step: 'base', state: 'progress', text });
  }
  const settings = await handOffSettings(file);
  if (secrets.vendorRegistry !== undefined) settings.vendorRegistry.credentials = secrets.vendorRegistry;
  await requireRunnerRuns(context, inputs, settings);
  const base = await installBase(context, { inputs, session });
  const request: HandOffRequest = {
    ...place,
    ...settings,
    session,
    base: base.outputs,
    baseInputs: inputs,
    ...(file.accountOptions.census === false ? { sealEveryHours: 0 } : {}),
    joinToken: secrets.joinToken,
  };
  const { cluster, holder } = await handOff(context, request);
  const end = await proveEnd(context, { ...place, session, cluster, vendor });
  return {
    clusterName: base.outputs.clusterName,
    registryHost: base.outputs.registryHost,
    runner: holder ?? 'at work',
    end,
  };
}

/** Where the install is, with what its names are made of. */
export function placeOf(file: InstallFile): Place {
  const { clusterName } = sharedOptionsOf(file);
  const { namePrefix } = file;
  return {
    installId: file.install,
    accountId: file.account,
    region: file.region,
    ...(namePrefix === undefined ? {} : { namePrefix }),
    ...(clusterName === undefined ? {} : { clusterName }),
  };
}

/** The principal outside that installs; where a job inside the account does, there is none. */
export function vendorAccess(file: InstallFile): { principal: string; externalId: string } {
  if ('principal' in file.access) return file.access;
  throw new LandfallError(
    'LF-INSTALL-007',
    `the install file of ${file.install} names a job inside the account (${file.access.project}): nobody outside can install it`,
  );
}

export function accountInputs(file: InstallFile): AccountRequest['inputs'] {
  const { access } = file;
  return {
    ...file.accountOptions,
    ...sharedInputs(file),
    installPrincipal:
      'principal' in access
        ? { kind: 'vendor', arn: access.principal, externalId: access.externalId }
        : { kind: 'codebuild', project: access.project },
    installExpiresAt: access.expiresAt,
    productPermissions: file.permissions,
  };
}

export function baseInputs(file: InstallFile): BaseRequest['inputs'] {
  return { ...file.base, ...sharedInputs(file) };
}

function sharedInputs(file: InstallFile): Place & Pick<BaseRequest['inputs'], 'mode' | 'tags' | 'nodeProfile'> {
  const { tags, mode } = file;
  return { ...sharedOptionsOf(file), ...placeOf(file), mode, ...(tags === undefined ? {} : { tags }) };
}

function sharedOptionsOf(file: InstallFile): z.infer<typeof sharedOptionsSchema> {
  return parseValue({ ...file.base, ...file.accountOptions }, sharedOptionsSchema, "the install file's options");
}

export async function handOffSettings(
  file: InstallFile,
): Promise<Omit<HandOffRequest, 'session' | 'base' | 'joinToken' | 'installId' | 'accountId' | 'region'>> {
  const text = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : file.readText(path);
  const [controlPlaneCa, vendorCa, accountRegistryCaPem, extraCaPem] = await Promise.all(
    [file.controlPlane.caFile, file.vendorRegistry.caFile, file.accountRegistryCaFile, file.extraCaFile].map(text),
  );
  const { image, chart, values, aws } = file.runner;
  return {
    product: file.product,
    vendorRegistry: { host: file.vendorRegistry.host, ...(vendorCa === undefined ? {} : { caPem: vendorCa }) },
    controlPlane: { url: file.controlPlane.url, ...(controlPlaneCa === undefined ? {} : { caPem: controlPlaneCa }) },
    runner: { image, chart: 'path' in chart ? { path: file.pathOf(chart.path) } : chart },
    trust: {
      releaseKeys: await Promise.all(file.trust.releaseKeyFiles.map(file.readText)),
      desiredStateKeys: await Promise.all(file.trust.desiredStateKeyFiles.map(file.readText)),
    },
    ...(file.policy === undefined ? {} : { policy: { ...file.policy } }),
    ...(values === undefined ? {} : { values }),
    ...(aws === undefined ? {} : { runnerAws: aws }),
    ...(accountRegistryCaPem === undefined ? {} : { accountRegistryCaPem }),
    ...(extraCaPem === undefined ? {} : { extraCaPem }),
    ...(file.proxy === undefined ? {} : { proxy: file.proxy }),
  };
}
