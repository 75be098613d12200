import { parseValue, systemClock } from '../../contract/index.ts';
import {
  accountInputs,
  assume,
  baseInputs,
  dispatchersVia,
  preflight,
  preflightExitCode,
  preflightLines,
  readInstallFile,
  wantedOf,
} from '../../install/index.ts';
import { accountInputsSchema, baseInputsSchema } from '../../stacks/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';

export type InstallPreflightOptions = { file: string; assume: string[]; json?: boolean };

export async function runInstallPreflight(options: InstallPreflightOptions): Promise<void> {
  const assumptions = assume(options.assume);
  const file = await readInstallFile(options.file);
  const wanted = wantedOf(
    parseValue(accountInputs(file), accountInputsSchema, `${options.file}, for the account stack`),
    parseValue(baseInputs(file), baseInputsSchema, `${options.file}, for the base stack`),
  );
  const { controlPlane, vendorRegistry } = file;
  const caOf = async (path: string | undefined): Promise<{ caPem?: string }> =>
    path === undefined ? {} : { caPem: await file.readText(path) };
  const awsEndpointUrl = config.awsEndpointUrl();
  const report = await preflight(
    {
      clock: systemClock,
      dispatcherFor: dispatchersVia(config.proxies()),
      ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
      ...(file.extraCaFile === undefined ? {} : { extraCaPem: await file.readText(file.extraCaFile) }),
    },
    {
      wanted,
      credentials: config.awsCredentials(),
      assumptions,
      controlPlane: { url: controlPlane.url, ...(await caOf(controlPlane.caFile)) },
      vendorRegistry: { url: `https://${vendorRegistry.host}/v2/`, ...(await caOf(vendorRegistry.caFile)) },
    },
  );
  createOutput(options.json === true).result(report, preflightLines(report));
  process.exitCode = preflightExitCode(report.checks);
}
