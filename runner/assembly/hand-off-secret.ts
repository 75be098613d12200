import * as z from 'zod';
import { LandfallError, parseValue } from '../../contract/index.ts';
import type { Redactor } from '../egress/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';

const text = z
  .base64()
  .default('')
  .transform((data) => Buffer.from(data, 'base64').toString('utf8').trim());

const secretSchema = z.object({
  data: z
    .object({
      'join-token': text,
      'probe-url': text,
      'vendor-registry-username': text,
      'vendor-registry-password': text,
    })
    .prefault({}),
});

export type HandOffSecret = {
  joinToken: string;
  probeUrl: string;
  vendorRegistry: { username: string; password: string } | undefined;
};

/** What the one-time install left for the runner. Read anew each time: a second hand-off brings new values. Its secrets are redacted from then on. */
export async function readHandOffSecret(
  kubernetes: Kubernetes,
  where: { namespace: string; name: string },
  redactor: Redactor,
): Promise<HandOffSecret> {
  const found = await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', ...where });
  if (found === null) throw new LandfallError('LF-RUNNER-058', `there is no secret ${where.namespace}/${where.name}`);
  const { data } = parseValue(found, secretSchema, `the secret ${where.name}`);
  const username = data['vendor-registry-username'];
  const password = data['vendor-registry-password'];
  for (const secret of [data['join-token'], data['probe-url'], password]) redactor.learn(secret);
  return {
    joinToken: data['join-token'],
    probeUrl: data['probe-url'],
    vendorRegistry: username === '' ? undefined : { username, password },
  };
}
