import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import { describeError, LandfallError, limits, parseJson, problemSchema } from '../../contract/index.ts';
import { undiciConnector } from '../../oci/index.ts';
import { config } from '../config.ts';
import { openNetwork } from '../host/network.ts';

export type ApiOptions = { controlPlane: string; controlPlaneCa?: string };

/** One call of the control plane's API, as the vendor (LANDFALL_TOKEN). What it refuses is told in its own words (LF-CLI-006). */
export async function callControlPlane<T>(
  options: ApiOptions,
  call: { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; body?: object },
  schema: z.ZodType<T>,
): Promise<T> {
  const token = config.controlPlaneToken();
  if (token === undefined) throw new LandfallError('LF-CLI-002', 'LANDFALL_TOKEN is not set');
  const { controlPlane, controlPlaneCa } = options;
  const network = await openNetwork({});
  const way = controlPlaneCa === undefined ? {} : { caPem: await readFile(controlPlaneCa, 'utf8') };
  const dispatcher = new Agent({ connect: undiciConnector(network.connect(way)) });
  try {
    const answer = await request(new URL(call.path, controlPlane), {
      method: call.method,
      dispatcher,
      headers: {
        authorization: `Bearer ${token}`,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const body = await answer.body.text();
    if (answer.statusCode < 300) return parseJson(body, schema, "the control plane's answer", answerLimit);
    const problem = parseJson(body, problemSchema, "the control plane's refusal", answerLimit);
    const message = `${problem.code}: ${problem.detail ?? problem.title}`;
    throw new LandfallError('LF-CLI-006', message, problem.hint === undefined ? {} : { hint: problem.hint });
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    const message = `${controlPlane} did not answer: ${describeError(cause)}`;
    throw new LandfallError('LF-CLI-003', message, { cause, temporary: true });
  } finally {
    await dispatcher.close();
  }
}

const answerLimit = { bytes: 8 * limits.apiBody.bytes, depth: limits.apiBody.depth };
