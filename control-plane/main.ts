import { pino } from 'pino';
import { describeError, LandfallError, localSigner, systemClock } from '../contract/index.ts';
import { readConfig } from './config.ts';
import { createControlPlane } from './create-control-plane.ts';
import { openDatabase } from './database/open-database.ts';

/** The control plane as a process: configured by the environment (config.ts), ended by SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'control-plane' });
  const database = await openDatabase(config.database);
  const controlPlane = await createControlPlane({
    clock: systemClock,
    database,
    signer: localSigner(config.signingKeyPem),
    adminTokenHash: config.adminTokenHash,
    ...(config.pipelineTokenHash === undefined ? {} : { pipelineTokenHash: config.pipelineTokenHash }),
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    logger,
  });
  const end = (signal: string): void => {
    logger.info({ signal }, 'draining');
    controlPlane
      .close()
      .then(() => database.close())
      .then(() => logger.info('ended'))
      .catch((error: unknown) => fail(error));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  const { host, port, publicHost } = config;
  logger.info({ url: await controlPlane.listen({ host, port, publicHost }) }, 'listening');
}

function fail(error: unknown): void {
  const hint = error instanceof LandfallError ? ` (${error.hint})` : '';
  process.stderr.write(`${describeError(error)}${hint}\n`);
  process.exitCode = 1;
}

main().catch(fail);
