import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { helmHistory } from '../../../dev/story/index.ts';
import { readStateBucket } from './account.ts';
import type { KillWorld } from './kill-world.ts';
import { namespace } from './product.ts';

/** What is really there, seen from outside with the customer's admin's eyes: `<chart> <status>` of Helm, the live objects, Terraform's state. */
export type Seen = {
  web: string;
  steady: string;
  /** '': not installed. */
  extra: string;
  /** Revisions of any release that were left pending. */
  pending: string[];
  live: string | null;
  steadyRuns: boolean;
  terraform: string | null;
  locks: string[];
};

const stateSchema = z.object({ outputs: z.object({ greeting: z.object({ value: z.string() }) }) });

export async function look(kill: KillWorld, s3: S3Client, helm: string, extraIn = namespace): Promise<Seen> {
  const { admin, adminKubeconfigPath: kubeconfig } = kill.world.cluster;
  const historyOf = (release: string, where: string) =>
    helmHistory({ helm, kubeconfig, workDir: join(kill.world.dir, 'look'), release, namespace: where });
  const [web, steady, extra, configMap, deployment, state] = await Promise.all([
    historyOf('web', namespace),
    historyOf('steady', namespace),
    historyOf('extra', extraIn),
    admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps/web`),
    admin.call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/steady`),
    readStateBucket(s3),
  ]);
  const newest = (history: typeof web): string => {
    const last = history.at(-1);
    return last === undefined ? '' : `${last.chart} ${last.status}`;
  };
  const text = await state.text('settings');
  return {
    web: newest(web),
    steady: newest(steady),
    extra: newest(extra),
    pending: [...web, ...steady, ...extra].map(({ status }) => status).filter((status) => status.startsWith('pending')),
    live:
      configMap.status === 200
        ? z.object({ data: z.object({ greeting: z.string() }) }).parse(configMap.body).data.greeting
        : null,
    steadyRuns: deployment.status === 200,
    terraform: text === null ? null : stateSchema.parse(JSON.parse(text)).outputs.greeting.value,
    locks: state.keys.filter((key) => key.endsWith('.tflock')),
  };
}

/** What must be there when a release is wholly in force. */
export function wholly(version: string, extra = false): Seen {
  return {
    web: `web-${version} deployed`,
    steady: 'steady-1.0.0 deployed',
    extra: extra ? `extra-${version} deployed` : '',
    pending: [],
    live: version,
    steadyRuns: true,
    terraform: version,
    locks: [],
  };
}
