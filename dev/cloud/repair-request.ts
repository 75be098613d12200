import type { Call } from './calls/call.ts';
import { type CloudRequest, formOf, jsonBodyOf } from './wire/request.ts';

/** What moto demands and AWS does not. */
export function repairRequest(call: Call, request: CloudRequest): CloudRequest {
  if (call.service === 'kms' && /^(Get|Put)KeyPolicy$/.test(call.action)) {
    const body = { PolicyName: 'default', ...jsonBodyOf(request) };
    return { ...request, body: Buffer.from(JSON.stringify(body)) };
  }
  if (call.service === 'ec2' && call.action === 'DescribeVpnConnections') return byConnection(request);
  return request;
}

/** moto knows no filter on routes; who filters by one and a connection's id finds the connection, and looks for the route in it. */
function byConnection(request: CloudRequest): CloudRequest {
  const form = formOf(request);
  const filter = [...form].find(([name, value]) => /^Filter\.\d+\.Name$/.test(name) && value === 'vpn-connection-id');
  const id = filter === undefined ? null : form.get(filter[0].replace(/Name$/, 'Value.1'));
  if (id === null) return request;
  const asked = { Action: 'DescribeVpnConnections', Version: '2016-11-15', 'VpnConnectionId.1': id };
  return { ...request, body: Buffer.from(new URLSearchParams(asked).toString()) };
}
