import { spawn } from 'node:child_process';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { RegistryCredentials } from '../registry/authorizer.ts';
import { identityToken } from './identity-token.ts';
import { parseSecret } from './parse-secret.ts';

/** Runs `docker-credential-<name> get` with the registry on its standard input (docker/docker-credential-helpers, the protocol). */
export type RunHelper = (name: string, server: string) => Promise<{ code: number; stdout: string }>;

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });
const maxOutput = 64 * 1024;
const deadlineMs = 30_000;

/** Undefined: the helper has none for this registry. The secret is never in an argument, an error or a log. */
export async function askHelper(
  run: RunHelper,
  name: string,
  server: string,
): Promise<RegistryCredentials | undefined> {
  // It becomes part of a program's name.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
    throw new LandfallError('LF-OCI-015', `"${name}" is not a credential helper's name`);
  }
  const { code, stdout } = await run(name, server);
  if (code !== 0) {
    if (/credentials not found/i.test(stdout)) return undefined;
    throw new LandfallError('LF-OCI-015', `docker-credential-${name} ended with code ${code} when asked for ${server}`);
  }
  const limit = { bytes: maxOutput, depth: 4 };
  const answer = parseSecret(stdout, answerSchema, `what docker-credential-${name} answered`, limit);
  if (answer.Username === '<token>') return identityToken(answer.Secret, server, `docker-credential-${name}`);
  return { username: answer.Username, password: answer.Secret };
}

export const runHelper: RunHelper = (name, server) =>
  new Promise((resolve, reject) => {
    const program = `docker-credential-${name}`;
    // spawn's own timeout would hold this process up when there is no such program.
    const signal = AbortSignal.timeout(deadlineMs);
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > maxOutput) child.kill('SIGKILL');
    });
    child.once('error', (cause) => {
      const why = signal.aborted ? `gave no answer within ${deadlineMs / 1000} s` : 'cannot be started';
      reject(new LandfallError('LF-OCI-015', `${program} ${why}`, { cause }));
    });
    child.once('close', (code) => {
      resolve({ code: code ?? 1, stdout });
    });
    child.stdin.on('error', () => undefined); // It may end without reading.
    child.stdin.end(server);
  });
