import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../contract/index.ts';

const run = promisify(execFile);

export type SmallChart = { path: string; images: string[]; values: JsonObject };

/**
 * The chart of `helm create`: a Deployment, a Service, a ServiceAccount and a test. Without nodes no pod would ever be ready, so it has none:
 * then the Deployment is as it should be as soon as its controller has seen it.
 */
export async function packSmallChart(helm: string, dir: string): Promise<SmallChart> {
  const env = { PATH: '/usr/bin:/bin', HOME: dir };
  await run(helm, ['create', 'small'], { cwd: dir, env });
  await run(helm, ['package', 'small'], { cwd: dir, env });
  return {
    path: join(dir, 'small-0.1.0.tgz'),
    images: ['registry.test/small:1', 'busybox'],
    values: { replicaCount: 0, image: { repository: 'registry.test/small', tag: '1' } },
  };
}
