import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { Redactor } from '../egress/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';

const text = z.base64().transform((data) => Buffer.from(data, 'base64').toString('utf8').trim());
const loginSchema = z.looseObject({ data: z.looseObject({ username: text, password: text }) });

/** The login of a registry out of a Secret with `username` and `password`; redacted from then on. LF-RUNNER-081 (temporary) when it is no such. */
export async function readLogin(
  kubernetes: Kubernetes,
  where: { namespace: string; name: string },
  redactor: Redactor,
): Promise<{ username: string; password: string }> {
  const found = loginSchema.safeParse(await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', ...where }));
  if (!found.success || found.data.data.password === '') {
    const message = `the Secret ${where.namespace}/${where.name} has no username and password for the customer's registry`;
    throw new LandfallError('LF-RUNNER-081', message, { temporary: true });
  }
  const { username, password } = found.data.data;
  redactor.learn(password);
  return { username, password };
}
