import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the real Pod Identity agent answers, on every EKS node; AWS SDKs allow no other plain-HTTP address but loopback. */
export const agentAddress = '169.254.170.23';

/** Gives the bridge the agent's address; it goes when the bridge goes. */
export async function addAgentAddress(bridge: string): Promise<void> {
  await run('ip', ['address', 'replace', `${agentAddress}/32`, 'dev', bridge]);
}

export async function removeAgentAddress(bridge: string): Promise<void> {
  // The bridge may be gone already, and the address with it.
  await run('ip', ['address', 'delete', `${agentAddress}/32`, 'dev', bridge]).catch(() => undefined);
}
