import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { KillAt } from '../../../effects/index.ts';
import { helmRecords } from '../../../components/helm/release-secrets.ts';
import type { Kubernetes } from '../../../kubernetes/index.ts';

/** An engine that is through by then was not caught: whoever wants it killed in the middle looks from outside, too. */
const mostLooks = 1_000;

/** How the process ends where it was told to: by SIGKILL, and where an engine is under way, in the very middle of what that does. */
export function dieAsTold(
  given: { product: string; applying: string; killAt?: KillAt | undefined },
  kubernetes: Kubernetes,
): () => Promise<never> {
  const { killAt, product } = given;
  const pending = async (): Promise<boolean> => {
    const labelSelector = `${helmRecords},status in (pending-install,pending-upgrade,pending-rollback)`;
    const records = { apiVersion: 'v1', kind: 'Secret', namespace: product, labelSelector, metadataOnly: true };
    return (await kubernetes.list(records)).items.length > 0;
  };
  const inTheMiddle = async (): Promise<boolean> => {
    if (killAt?.when !== 'during') return true;
    if (killAt.kind === 'terraform-apply') return existsSync(given.applying);
    if (!/^helm-(?:install|upgrade|rollback)$/.test(killAt.kind)) return true;
    return whileStopped(helmsOf(product), pending);
  };
  return async () => {
    for (let looked = 0; looked < mostLooks && !(await inTheMiddle()); looked++) await pause(2);
    process.kill(process.pid, 'SIGKILL');
    return new Promise<never>(() => undefined);
  };
}

/** What is seen while they stand still; when it is true they stay so until they are killed, so that they do not get through meanwhile. */
async function whileStopped(pids: readonly number[], look: () => Promise<boolean>): Promise<boolean> {
  signal(pids, 'SIGSTOP');
  const seen = await look();
  if (!seen) signal(pids, 'SIGCONT');
  return seen;
}

function helmsOf(product: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const words = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') : [];
      return /(?:^|\/)helm$/.test(words[0] ?? '') && words.includes(`--namespace=${product}`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}
