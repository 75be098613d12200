import { Agent, request } from 'undici';
import * as z from 'zod';
import { LandfallError, parseJson, problemSchema } from '../../contract/index.ts';
import { undiciConnector } from '../../oci/index.ts';
import { openNetwork } from '../host/network.ts';

const answerSchema = z.object({ token: z.string().min(20) });

/** Asks the control plane for a single-use join token. It is shown once and kept nowhere here. */
export async function requestJoinToken(options: {
  url: string;
  caPem?: string;
  token: string;
  install: string;
}): Promise<string> {
  const network = await openNetwork({});
  const way = options.caPem === undefined ? {} : { caPem: options.caPem };
  const dispatcher = new Agent({ connect: undiciConnector(network.connect(way)) });
  const limit = { bytes: 64 * 1024, depth: 8 };
  try {
    const answer = await request(
      new URL(`/v1/installs/${encodeURIComponent(options.install)}/join-tokens`, options.url),
      {
        method: 'POST',
        dispatcher,
        headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
        body: '{}',
      },
    );
    const body = await answer.body.text();
    if (answer.statusCode === 201) return parseJson(body, answerSchema, 'the join token', limit).token;
    const problem = parseJson(body, problemSchema, "the control plane's refusal", limit);
    throw new LandfallError('LF-CLI-003', `${options.url} refused a join token: ${problem.code} ${problem.title}`);
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-CLI-003', `${options.url} did not answer: ${why}`, { cause, temporary: true });
  } finally {
    await dispatcher.close();
  }
}
