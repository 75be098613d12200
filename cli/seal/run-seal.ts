import { setMaxListeners } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import {
  type InstallId,
  type KnownPrincipal,
  LandfallError,
  installIdSchema,
  localSigner,
  signSeal,
} from '../../contract/index.ts';
import { awsHandler, readInstallFile } from '../../install/index.ts';
import { createCensusClients, sealReport, takeCensus } from '../../seal/index.ts';
import { installNames } from '../../stacks/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { wayOutOfEnvironment } from '../host/way-out.ts';
import { sendBy } from './send-by.ts';
import { sealExitCode, sealLines } from './seal-lines.ts';

export type SealOptions = {
  file?: string;
  account?: string;
  region: string[];
  known: string[];
  key?: string;
  out?: string;
  json?: boolean;
};

type Subject = {
  install: InstallId;
  accountId: string;
  regions: string[];
  installRoleName: string | null;
  known: KnownPrincipal[];
};

export async function runSeal(options: SealOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const subject = await subjectOf(options);
  const [region, ...more] = subject.regions;
  if (region === undefined) throw new LandfallError('LF-SEAL-004', 'no region was given to look at');
  if (options.out !== undefined && options.key === undefined)
    throw new LandfallError('LF-SEAL-004', '--out writes a signed seal, and no --key was given to sign it with');
  const signer = options.key === undefined ? null : localSigner(await readText(options.key));

  const ended = new AbortController();
  // Each request under way listens for it.
  setMaxListeners(0, ended.signal);
  process.once('SIGINT', () => ended.abort(new LandfallError('LF-SEAL-001', 'the census was interrupted')));
  const endpointUrl = config.awsEndpointUrl() ?? '';
  const wayOut = await wayOutOfEnvironment();
  const clients = createCensusClients({
    region,
    endpointUrl,
    credentials: config.awsCredentials(),
    ...awsHandler(wayOut),
    send: sendBy(wayOut.network),
  });
  try {
    const census = await takeCensus({
      clients,
      accountId: subject.accountId,
      regions: [region, ...more],
      installRoleName: subject.installRoleName,
      now: () => new Date(),
      signal: ended.signal,
    });
    const report = sealReport(census, { install: subject.install, known: subject.known, previous: null });
    if (signer !== null && options.out !== undefined)
      await writeFile(options.out, `${JSON.stringify(await signSeal(report, signer), null, 2)}\n`);
    output.result(report, sealLines(report));
    process.exitCode = sealExitCode(report.verdict);
  } finally {
    clients.close();
  }
}

async function subjectOf(options: SealOptions): Promise<Subject> {
  const known = options.known.map(knownOf);
  if (options.file === undefined) {
    if (options.account === undefined)
      throw new LandfallError('LF-SEAL-004', 'neither an install file (--file) nor an account (--account) was given');
    if (!/^\d{12}$/.test(options.account))
      throw new LandfallError('LF-SEAL-004', `--account ${options.account} is not the 12 digits of an AWS account`);
    const install = installIdSchema.parse('account');
    return { install, accountId: options.account, regions: options.region, installRoleName: null, known };
  }
  const file = await readInstallFile(options.file);
  if (options.account !== undefined && options.account !== file.account)
    throw new LandfallError('LF-SEAL-003', `${options.file} is of account ${file.account}, not of ${options.account}`);
  const names = installNames({
    installId: file.install,
    accountId: file.account,
    region: file.region,
    ...(file.namePrefix === undefined ? {} : { namePrefix: file.namePrefix }),
  });
  return {
    install: file.install,
    accountId: file.account,
    regions: options.region.length === 0 ? [file.region] : options.region,
    installRoleName: names.roles.install.name,
    known: [...(file.policy?.sealKnownPrincipals ?? []), ...known],
  };
}

/** `<principal>[@<ARN>]`; no principal has an "@" before "arn:". */
function knownOf(text: string): KnownPrincipal {
  const at = text.indexOf('@arn:');
  return at < 0 ? { principal: text } : { principal: text.slice(0, at), where: text.slice(at + 1) };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-SEAL-004', `${path} cannot be read`, { cause });
  });
}
