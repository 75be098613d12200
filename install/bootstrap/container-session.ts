import * as z from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';
import type { InstallSession } from '../context.ts';

/** As the containers of ECS and CodeBuild get the credentials of their role. */
const answerSchema = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string().min(1),
  Expiration: z.coerce.date(),
  RoleArn: z.string().default(''),
});

/** The session of the install role that CodeBuild gives to a build of the project; nothing is assumed from outside. */
export async function containerSession(url: string, roleArn: string): Promise<InstallSession> {
  let text: string;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'error' });
    text = await answer.text();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'no answer';
    throw new LandfallError('LF-TEMPLATES-005', `the container got no credentials of the install role: ${why}`, {
      cause,
    });
  }
  const given = parseJson(text, answerSchema, "the container's credentials", { bytes: 20_000, depth: 4 });
  return {
    credentials: { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.Token },
    roleArn: given.RoleArn === '' ? roleArn : given.RoleArn,
    expiresAt: given.Expiration,
  };
}
