import { LandfallError } from '../../contract/index.ts';
import {
  applyInstall,
  assumeInstallRole,
  baseInputs,
  type EndProof,
  type InstallFile,
  placeOf,
  planBase,
  readInstallFile,
  vendorAccess,
} from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { installContext } from './install-context.ts';
import { requestJoinToken } from './join-token.ts';

export type InstallApplyOptions = { file: string; workDir: string; plan?: boolean; json?: boolean };

export async function runInstallApply(options: InstallApplyOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const { context, close } = await installContext(output, file, options.workDir, { helm: options.plan !== true });
  const credentials = config.awsCredentials();
  try {
    if (options.plan === true) {
      const { externalId } = vendorAccess(file);
      const session = await assumeInstallRole(context, { ...placeOf(file), credentials, externalId });
      const plan = await planBase(context, { inputs: baseInputs(file), session });
      output.result(plan, [plan.changed ? `would change: ${JSON.stringify(plan.changes)}` : 'nothing to change']);
      return;
    }
    const vendorRegistry = config.vendorRegistry();
    const result = await applyInstall(context, file, {
      credentials,
      joinToken: () => joinToken(file),
      ...(vendorRegistry === undefined ? {} : { vendorRegistry }),
    });
    output.result(result, [
      `cluster        ${result.clusterName}`,
      `registry       ${result.registryHost}`,
      `runner         ${result.runner}`,
      ...endLines(result.end),
    ]);
  } finally {
    close();
  }
}

/** The refusals, word for word. */
function endLines(end: EndProof): string[] {
  return [
    ...end.awsCalls.map(
      ({ call, refusal }) => `refused        ${call}: ${refusal.status} ${refusal.name}: ${refusal.message}`,
    ),
    `refused        ${end.kubernetes.call}: ${end.kubernetes.status} ${end.kubernetes.message}`,
    ...(end.assumeRole === undefined ? [] : [`refused        ${end.assumeRole}`]),
  ];
}

async function joinToken(file: InstallFile): Promise<string> {
  const given = config.joinToken();
  if (given !== undefined) return given;
  const token = config.controlPlaneToken();
  if (token === undefined)
    throw new LandfallError('LF-CLI-002', 'neither LANDFALL_TOKEN nor LANDFALL_JOIN_TOKEN is set');
  const { url, caFile } = file.controlPlane;
  const caPem = caFile === undefined ? {} : { caPem: await file.readText(caFile) };
  return requestJoinToken({ url, token, install: file.install, ...caPem });
}
