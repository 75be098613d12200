import type { Call } from '../calls/call.ts';
import { type CloudRequest, type CloudResponse, formOf, xmlResponse } from '../wire/request.ts';

/** What moto lacks of VPNs: static routes, their option, and routes that a gateway spreads into route tables. */
export class VpnAdditions {
  /** Route table -> gateways. */
  readonly #spread = new Map<string, Set<string>>();
  /** Connection -> destinations. */
  readonly #routes = new Map<string, Set<string>>();
  readonly #staticOnly = new Map<string, boolean>();

  answer(call: Call, request: CloudRequest): CloudResponse | undefined {
    if (call.service !== 'ec2') return undefined;
    const form = formOf(request);
    const table = form.get('RouteTableId') ?? '';
    const connection = form.get('VpnConnectionId') ?? '';
    switch (call.action) {
      case 'EnableVgwRoutePropagation':
        return done(call, entry(this.#spread, table).add(form.get('GatewayId') ?? ''));
      case 'DisableVgwRoutePropagation':
        return done(call, entry(this.#spread, table).delete(form.get('GatewayId') ?? ''));
      case 'CreateVpnConnectionRoute':
        return done(call, entry(this.#routes, connection).add(form.get('DestinationCidrBlock') ?? ''));
      case 'DeleteVpnConnectionRoute':
        return done(call, entry(this.#routes, connection).delete(form.get('DestinationCidrBlock') ?? ''));
      default:
        return undefined;
    }
  }

  rewrite(call: Call, request: CloudRequest, answer: CloudResponse): CloudResponse {
    if (call.service !== 'ec2' || answer.status !== 200) return answer;
    const xml = answer.body.toString('utf8');
    if (call.action === 'CreateVpnConnection') {
      const id = /<vpnConnectionId>([^<]+)/.exec(xml)?.[1] ?? '';
      this.#staticOnly.set(id, formOf(request).get('Options.StaticRoutesOnly') === 'true');
    }
    // A table's own id stands before its routes; those in its associations do not.
    if (call.action === 'DescribeRouteTables')
      return insert(answer, xml, /<routeTableId>([^<]+)<\/routeTableId>(?=<routeSet)/g, (id) => this.#spreadOf(id));
    if (/VpnConnections?$/.test(call.action))
      return insert(answer, xml, /<vpnConnectionId>([^<]+)<\/vpnConnectionId>/g, (id) => this.#optionsOf(id));
    return answer;
  }

  #spreadOf(table: string): string {
    const items = [...(this.#spread.get(table) ?? [])].map(
      (gateway) => `<item><gatewayId>${gateway}</gatewayId></item>`,
    );
    return `<propagatingVgwSet>${items.join('')}</propagatingVgwSet>`;
  }

  #optionsOf(connection: string): string {
    const routes = [...(this.#routes.get(connection) ?? [])].map(
      (cidr) =>
        `<item><destinationCidrBlock>${cidr}</destinationCidrBlock><source>Static</source><state>available</state></item>`,
    );
    const isStatic = this.#staticOnly.get(connection) ?? false;
    return (
      `<options><enableAcceleration>false</enableAcceleration><staticRoutesOnly>${isStatic}</staticRoutesOnly>` +
      '<localIpv4NetworkCidr>0.0.0.0/0</localIpv4NetworkCidr><remoteIpv4NetworkCidr>0.0.0.0/0</remoteIpv4NetworkCidr>' +
      '<outsideIpAddressType>PublicIpv4</outsideIpAddressType><tunnelInsideIpVersion>ipv4</tunnelInsideIpVersion></options>' +
      `<routes>${routes.join('')}</routes>`
    );
  }
}

function insert(answer: CloudResponse, xml: string, place: RegExp, more: (id: string) => string): CloudResponse {
  return { ...answer, body: Buffer.from(xml.replaceAll(place, (found, id: string) => found + more(id))) };
}

function entry(map: Map<string, Set<string>>, key: string): Set<string> {
  const found = map.get(key) ?? new Set<string>();
  map.set(key, found);
  return found;
}

function done(call: Call, _changed: unknown): CloudResponse {
  const name = `${call.action}Response`;
  return xmlResponse(
    `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0</requestId><return>true</return></${name}>`,
  );
}
