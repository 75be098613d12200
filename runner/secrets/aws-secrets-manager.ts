import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type ErrorCode, LandfallError } from '../../contract/index.ts';
import type { SecretStore } from './secret-store.ts';

const current = 'AWSCURRENT';

/** As the runner's own role, in the account and region of the install. */
export function awsSecretsManager(client: Pick<SecretsManagerClient, 'send'>): SecretStore {
  const title = 'AWS Secrets Manager';
  return {
    title,
    versionOf: async (id, abortSignal) => {
      const command = new DescribeSecretCommand({ SecretId: id });
      const { VersionIdsToStages: stages = {} } = await client.send(command, { abortSignal }).catch(failed(id));
      const version = Object.keys(stages).find((each) => stages[each]?.includes(current) === true);
      if (version === undefined) throw fault('LF-RUNNER-201', `${id} has no value yet in ${title}`);
      return version;
    },
    read: async (id, abortSignal) => {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: current });
      const { SecretString, SecretBinary, VersionId } = await client.send(command, { abortSignal }).catch(failed(id));
      const value = SecretString === undefined ? SecretBinary : Buffer.from(SecretString);
      if (value === undefined || VersionId === undefined) {
        throw fault('LF-RUNNER-201', `${id} has no value in ${title}`);
      }
      return { value, version: VersionId };
    },
  };
}

const refusals: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'DecryptionFailure',
  'UnrecognizedClientException',
]);

/** What the SDK throws is told by its name and, where AWS refuses, in AWS's own words, which name who may not do what and never hold a value. */
function failed(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'AbortError') throw error;
    const cause = { cause: error };
    if (error.name === 'ResourceNotFoundException' || error.name === 'InvalidRequestException') {
      throw fault('LF-RUNNER-201', `AWS Secrets Manager has no ${id} that can be read (${error.name})`, cause);
    }
    if (refusals.has(error.name)) {
      const said = error.message.slice(0, 500);
      throw fault('LF-RUNNER-202', `AWS does not let the runner read ${id}: ${error.name}: ${said}`, cause);
    }
    throw fault('LF-RUNNER-200', `AWS Secrets Manager could not be asked for ${id}: ${error.name}`, cause);
  };
}

function fault(code: ErrorCode, message: string, more: { cause?: unknown } = {}): LandfallError {
  return new LandfallError(code, message, { ...more, temporary: true });
}
