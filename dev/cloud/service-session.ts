import type { Credentials } from './identity/principal.ts';
import type { Recorder } from './recorder.ts';
import type { Sts } from './sts.ts';
import { Refusal } from './wire/refusal.ts';

export type ServiceSession = { credentials: Required<Credentials>; expiresAt: Date };

/** A service (CodeBuild, Lambda) becomes a role for one of the account's jobs, and the account's trail says so. */
export async function serviceSession(
  service: string,
  roleArn: string,
  sourceArn: string,
  { sts, recorder }: { sts: Sts; recorder: Recorder },
): Promise<ServiceSession> {
  const call = { service: 'sts', action: 'AssumeRole', resource: roleArn, principal: service };
  const sessionName = `AWSCodeBuild-${sourceArn.split(/[:/]/).at(-1) ?? 'job'}`.slice(0, 64);
  try {
    const { credentials, session } = await sts.assumeForService(service, roleArn, sessionName, { sourceArn });
    recorder.record({ ...call, status: 200 });
    return { credentials, expiresAt: session.expiresAt };
  } catch (error) {
    if (error instanceof Refusal) recorder.record({ ...call, status: error.status, denied: error.message });
    throw error;
  }
}
