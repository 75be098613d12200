import { type Dispatcher, request } from 'undici';
import { describeError, LandfallError, parseJson, problemSchema } from '../../contract/index.ts';

export type ControlPlaneAccess = {
  /** `https://control-plane.example` */
  url: string;
  token: string;
  /** The injected dialer. */
  dispatcher?: Dispatcher;
};

/** One POST of the vendor's API. All of those used here may be sent again. */
export async function post(access: ControlPlaneAccess, path: string, body: object): Promise<void> {
  const url = new URL(path, access.url);
  const answer = await request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headersTimeout: 30_000,
    ...(access.dispatcher === undefined ? {} : { dispatcher: access.dispatcher }),
  }).catch((cause: unknown) => {
    const message = `the control plane at ${url.origin} cannot be reached: ${describeError(cause)}`;
    throw new LandfallError('LF-RELEASE-009', message, { cause, temporary: true });
  });
  const text = await answer.body.text();
  if (answer.statusCode < 300) return;
  const temporary = answer.statusCode === 429 || answer.statusCode >= 500;
  const told = explain(text);
  const message = `the control plane answered ${answer.statusCode} to POST ${url.pathname}: ${told.message}`;
  throw new LandfallError('LF-RELEASE-008', message, {
    temporary,
    ...(told.hint === undefined ? {} : { hint: told.hint }),
  });
}

function explain(text: string): { message: string; hint?: string | undefined } {
  try {
    const problem = parseJson(text, problemSchema, 'the answer', { bytes: 64 * 1024, depth: 8 });
    return { message: `${problem.code}: ${problem.detail ?? problem.title}`, hint: problem.hint };
  } catch {
    return { message: text.slice(0, 300) };
  }
}
