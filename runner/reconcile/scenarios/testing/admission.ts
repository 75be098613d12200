import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import * as z from 'zod';
import { type Cluster, type Ground, waitUntil } from '../../../../dev/index.ts';

const reviewSchema = z.object({ request: z.looseObject({ uid: z.string(), object: z.unknown(), name: z.string() }) });

/** A webhook as customers have them: asked by the API server before anything of these kinds is written in this namespace. */
export async function startWebhook(
  { authority, network }: Ground,
  cluster: Cluster,
  what: {
    namespace: string;
    resource: string;
    /** Of each object: `fine`, refused with these words, or null: the webhook itself fails. */
    judge: (object: unknown) => string | null;
  },
) {
  const { certificatePem: cert, keyPem: key } = await authority.issue({
    commonName: 'webhook',
    hosts: [network.address],
    usage: 'server',
  });
  let asked = false;
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      const { uid, object, name } = reviewSchema.parse(JSON.parse(await textOf(incoming))).request;
      if (name === probe) asked = true;
      const verdict = name === probe ? 'fine' : what.judge(object);
      if (verdict === null) return void outgoing.writeHead(500).end();
      const response =
        verdict === 'fine'
          ? { uid, allowed: true }
          : { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: verdict } };
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    };
    answer().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, network.address, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the webhook listens on no port');
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [what.resource] };
  await created(cluster, configurations, {
    metadata: { name: what.namespace },
    webhooks: [
      {
        name: 'rules.customer.test',
        clientConfig: {
          url: `https://${network.address}:${address.port}/`,
          caBundle: Buffer.from(cluster.caPem).toString('base64'),
        },
        rules: [rule],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': what.namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
      },
    ],
  });
  const objects = `/api/v1/namespaces/${what.namespace}/${what.resource}?dryRun=All`;
  const asks = async (): Promise<boolean> => {
    await cluster.admin.call('POST', objects, { metadata: { name: probe } });
    return asked;
  };
  await waitUntil(asks, { what: 'the API server asks the webhook', timeoutMs: 20_000 });
  return {
    close: async (): Promise<void> => {
      await cluster.admin.call('DELETE', `${configurations}/${what.namespace}`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of nobody: asks whether the API server asks already. */
const probe = 'is-it-asked';

/** A real quota that what is there of a kind has used up. */
export async function fillQuota(cluster: Cluster, namespace: string, resource: string) {
  const there = z.object({ items: z.array(z.unknown()) });
  const { body } = await cluster.admin.call('GET', `/api/v1/namespaces/${namespace}/${resource}`);
  const hard = { [`count/${resource}`]: String(there.parse(body).items.length) };
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  await created(cluster, quotas, { metadata: { name: 'full' }, spec: { hard } });
  const objects = `/api/v1/namespaces/${namespace}/${resource}?dryRun=All`;
  const refuses = async (): Promise<boolean> =>
    (await cluster.admin.call('POST', objects, { metadata: { name: probe } })).status === 403;
  await waitUntil(refuses, { what: 'the quota is in force', timeoutMs: 20_000 });
  return { remove: () => cluster.admin.call('DELETE', `${quotas}/full`) };
}

async function created(cluster: Cluster, path: string, body: object): Promise<void> {
  const answer = await cluster.admin.call('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
