import type { Call } from './calls/call.ts';
import { type CloudRequest, jsonBodyOf } from './wire/request.ts';

/** What moto demands and AWS does not. */
export function repairRequest(call: Call, request: CloudRequest): CloudRequest {
  if (call.service === 'kms' && /^(Get|Put)KeyPolicy$/.test(call.action)) {
    const body = { PolicyName: 'default', ...jsonBodyOf(request) };
    return { ...request, body: Buffer.from(JSON.stringify(body)) };
  }
  return request;
}
