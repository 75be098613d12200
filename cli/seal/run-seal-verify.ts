import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import {
  type Envelope,
  LandfallError,
  type SealReport,
  clockSkewSeconds,
  envelopeSchema,
  limits,
  openSeal,
  parseJson,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';
import { sealExitCode, sealLines } from './seal-lines.ts';

export type SealVerifyOptions = { file: string; key: string; of?: string; maxAge: string; json?: boolean };

/** Alone, as the runner keeps it (ConfigMap lf-seal), or as the control plane's API gives it. */
const fileSchema = z.union([
  envelopeSchema,
  z.object({ envelope: envelopeSchema }).transform(({ envelope }) => envelope),
  z.object({ seal: z.object({ envelope: envelopeSchema }) }).transform(({ seal }) => seal.envelope),
]);
const hour = 3_600_000;

export async function runSealVerify(options: SealVerifyOptions): Promise<void> {
  const envelope = parseJson(await readBytes(options.file), fileSchema, options.file, limits.seal);
  const publicKey = (await readBytes(options.key)).toString('utf8');
  const report = await verifiedSeal(envelope, publicKey, { ...options, now: new Date() });
  createOutput(options.json === true).result(report, ['The signature is genuine.', ...sealLines(report)]);
  process.exitCode = sealExitCode(report.verdict);
}

/** Genuine, of the right install, and not too old; LF-SEAL-002 says what it is not, LF-SEAL-005 that it is of the future. */
export async function verifiedSeal(
  envelope: Envelope,
  publicKeyPem: string,
  wanted: { of?: string; maxAge: string; now: Date },
): Promise<SealReport> {
  const report = await openSeal(envelope, pinnedKeysVerifier([publicKeyPem]));
  if (wanted.of !== undefined && report.install !== wanted.of)
    throw new LandfallError('LF-SEAL-002', `the seal is of install ${report.install}, not of ${wanted.of}`);
  const hours = Number(wanted.maxAge);
  if (!(hours > 0)) throw new LandfallError('LF-SEAL-004', `--max-age ${wanted.maxAge} is no number of hours`);
  const age = wanted.now.getTime() - new Date(report.at).getTime();
  // A date ahead would make it young for as long as it lies ahead.
  if (-age > clockSkewSeconds * 1000)
    throw new LandfallError('LF-SEAL-005', `the seal is of ${report.at}, but here it is ${wanted.now.toISOString()}`);
  if (age > hours * hour)
    throw new LandfallError('LF-SEAL-002', `the seal is of ${report.at}: older than ${wanted.maxAge} hours`);
  return report;
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new LandfallError('LF-SEAL-004', `${path} cannot be read`, { cause });
  });
}
