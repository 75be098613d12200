import { describeError, LandfallError } from '../../../contract/index.ts';
import { createRedactor, kubernetesYaml } from '../../../engines/index.ts';
import { kubeObjectSchema, type KubeObject } from '../../kubernetes/index.ts';
import { parseAllDocuments } from 'yaml';
import { keepPodLogs } from '../keep-pod-logs.ts';
import type { DesiredHelm } from './desired.ts';
import { helmCall, type HelmParts } from './parts.ts';
import { type HelmId, readHistory, readRelease } from './release-secrets.ts';

/** Runs the chart's own tests. One that fails is LF-RUNNER-144, and what its pods wrote is in the log. */
export async function testHelm(
  parts: HelmParts,
  id: HelmId,
  desired: DesiredHelm,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const target = `${id.namespace}/${id.releaseName}`;
  const { name } = desired.component;
  try {
    await parts.effects.run('helm-test', { target, intent: 'run the tests of the chart' }, (context) =>
      parts.helm.test(
        { name: id.releaseName, namespace: id.namespace, timeoutMs: timeoutSeconds * 1000 },
        helmCall(parts, id, context, desired.secrets),
      ),
    );
  } catch (error) {
    if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-010') throw error;
    await keepTestLogs(parts, id, desired, signal);
    throw new LandfallError('LF-RUNNER-144', `${name}: its own test has failed: ${error.message}`, { cause: error });
  }
}

/** Never fails: what is logged is not what counts. Not with Helm's `--logs`, which turns a pod that is gone into a failed test. */
async function keepTestLogs(
  parts: HelmParts,
  id: HelmId,
  { component, secrets }: DesiredHelm,
  signal: AbortSignal,
): Promise<void> {
  const { kubernetes, events } = parts;
  try {
    const redact = createRedactor(secrets);
    for (const hook of await testHooks(parts, id, signal)) {
      const { kind, metadata } = hook;
      const namespace = metadata.namespace ?? id.namespace;
      const pods =
        kind === 'Pod'
          ? [await kubernetes.get({ apiVersion: 'v1', kind, namespace, name: metadata.name }, { signal })]
          : (
              await kubernetes.list({
                apiVersion: 'v1',
                kind: 'Pod',
                namespace,
                labelSelector: `batch.kubernetes.io/job-name=${metadata.name}`,
                signal,
              })
            ).items;
      for (const pod of pods.filter((each) => each !== null)) {
        await keepPodLogs(parts, pod, { component: component.name, test: metadata.name }, signal, redact);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    events.log('debug', `the log of a test cannot be read: ${describeError(error)}`, { component: component.name });
  }
}

async function testHooks({ kubernetes }: HelmParts, id: HelmId, signal: AbortSignal): Promise<KubeObject[]> {
  const newest = (await readHistory(kubernetes, id, signal)).at(-1);
  const release = newest === undefined ? null : await readRelease(kubernetes, id, newest.revision, signal);
  return (release?.hooks ?? [])
    .filter(({ events }) => events?.some((event) => event === 'test' || event === 'test-success') === true)
    .flatMap(({ manifest }) => parseAllDocuments(manifest, kubernetesYaml))
    .flatMap((document) => {
      const parsed = kubeObjectSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
      return parsed.success && ['Pod', 'Job'].includes(parsed.data.kind) ? [parsed.data] : [];
    });
}
