import { createSocket } from 'node:dgram';
import * as z from 'zod';
import type { AdminClient } from './admin-client.ts';
import { type DnsAnswer, parseQuery, writeAnswer } from './dns-message.ts';

export type ClusterDns = { stop(): Promise<void> };

const domain = '.svc.cluster.local';

/** Service names for pods, asked of the API server at each question: `service.namespace.svc.cluster.local`, headless ones too. */
export async function startClusterDns(options: {
  address: string;
  port?: number;
  admin: AdminClient;
}): Promise<ClusterDns> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const question = parseQuery(message);
    if (question === undefined) return;
    resolve(options.admin, question.name).then(
      (answer) => socket.send(writeAnswer(question, answer), from.port, from.address),
      // The API server is away: no answer, so that the asker asks again.
      () => undefined,
    );
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.port ?? 53, options.address, resolve);
  });
  // It alone keeps nobody alive.
  socket.unref();
  return { stop: () => new Promise((resolve) => socket.close(resolve)) };
}

const serviceSchema = z.object({ spec: z.object({ clusterIP: z.string().optional() }) });
const slicesSchema = z.object({
  items: z.array(
    z.object({
      addressType: z.string(),
      endpoints: z
        .array(
          z.object({
            addresses: z.array(z.string()),
            hostname: z.string().optional(),
            conditions: z.object({ ready: z.boolean().optional() }).default({}),
          }),
        )
        .nullish(),
    }),
  ),
});

async function resolve(admin: AdminClient, name: string): Promise<DnsAnswer> {
  const [namespace, service, pod, ...more] = name.slice(0, -domain.length).split('.').toReversed();
  if (!name.endsWith(domain) || !namespace || !service || more.length > 0) return { found: false };
  const found = await admin.call(
    'GET',
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service)}`,
  );
  if (found.status === 404) return { found: false };
  const { clusterIP } = serviceSchema.parse(found.body).spec;
  if (pod === undefined && clusterIP !== undefined && clusterIP !== 'None')
    return { found: true, addresses: [clusterIP] };
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices?labelSelector=${selector}`;
  const slices = slicesSchema.parse((await admin.call('GET', path)).body);
  const addresses = slices.items
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions, hostname }) => conditions.ready !== false && (pod === undefined || hostname === pod))
    .flatMap((endpoint) => endpoint.addresses);
  return addresses.length > 0 ? { found: true, addresses } : { found: false };
}
