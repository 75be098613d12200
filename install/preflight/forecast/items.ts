import { makesCluster, natGatewaysOf, nodesOf, type Wanted } from '../wanted.ts';
import type { Assumptions } from './assumptions.ts';
import { instanceHour, type Prices, type RegionPrices } from './prices.ts';

export type LineItem = {
  name: string;
  quantity: number;
  unit: string;
  /** Undefined: the table does not know it. */
  unitPrice: number | undefined;
  monthly: number | undefined;
};

/** Interface endpoints that `privateEndpoints` makes, in each zone; the gateway endpoint of S3 costs nothing. */
export const interfaceEndpoints = 10;

/** What an install makes, item by item, with what it costs in a month. */
export function itemsOf(
  wanted: Wanted,
  all: Prices['everywhere'],
  region: RegionPrices,
  assumed: Assumptions,
): LineItem[] {
  return [
    ...(makesCluster(wanted) ? [...cluster(all, assumed), ...compute(wanted, all, region, assumed)] : []),
    ...network(wanted, all, region, assumed),
    ...storage(wanted, all, region, assumed),
    ...(makesCluster(wanted) ? transfer(all, assumed) : []),
  ];
}

function cluster(all: Prices['everywhere'], { hours }: Assumptions): LineItem[] {
  return [item('EKS control plane', hours, 'hours', all.eksClusterHour)];
}

function compute(wanted: Wanted, all: Prices['everywhere'], region: RegionPrices, assumed: Assumptions): LineItem[] {
  const { hours, autoNodes } = assumed;
  if (wanted.nodeProfile === 'auto') {
    const hour = instanceHour(region, 'm6i.large');
    return [
      item(`nodes of Auto Mode: ${autoNodes} × m6i.large`, autoNodes * hours, 'hours', hour),
      item(
        'fee of Auto Mode',
        autoNodes * hours,
        'hours',
        hour === undefined ? hour : hour * all.autoModeShareOfInstance,
      ),
      // Auto Mode gives every node a volume of 80 GiB.
      item('node disks (gp3)', autoNodes * 80, 'GB', region.gp3GbMonth),
    ];
  }
  const nodes = nodesOf(wanted);
  const gib = nodes.reduce((sum, group) => sum + group.size * group.diskGib, 0);
  return [
    ...nodes.map(({ name, size, instanceType }) =>
      item(`nodes ${name}: ${size} × ${instanceType}`, size * hours, 'hours', instanceHour(region, instanceType)),
    ),
    item('node disks (gp3)', gib, 'GB', region.gp3GbMonth),
  ];
}

function network(wanted: Wanted, all: Prices['everywhere'], region: RegionPrices, assumed: Assumptions): LineItem[] {
  const { hours, natGb, endpointGb } = assumed;
  const gateways = natGatewaysOf(wanted);
  const zones = wanted.vpc === undefined ? wanted.zones.length : Math.max(2, wanted.vpc.privateSubnetIds.length);
  const link = wanted.controlPlaneLink;
  return [
    ...(gateways === 0
      ? []
      : [
          item(`NAT gateways: ${gateways}`, gateways * hours, 'hours', region.natHour),
          item('NAT data', natGb, 'GB', region.natGb),
          item('public addresses of NAT', gateways * hours, 'hours', all.publicIpv4Hour),
        ]),
    ...(wanted.mode === 'full' && wanted.privateEndpoints
      ? [
          item(
            `private endpoints: ${interfaceEndpoints} × ${zones} zones`,
            interfaceEndpoints * zones * hours,
            'hours',
            region.endpointHour,
          ),
          item('private endpoints, data', endpointGb, 'GB', all.endpointGb),
        ]
      : []),
    ...(link === 'privatelink'
      ? [item(`link to the control plane: endpoint × ${zones} zones`, zones * hours, 'hours', region.endpointHour)]
      : []),
    ...(link === 'vpn' ? [item('link to the control plane: VPN', hours, 'hours', all.vpnConnectionHour)] : []),
  ];
}

function storage(wanted: Wanted, all: Prices['everywhere'], region: RegionPrices, assumed: Assumptions): LineItem[] {
  const ownKeys =
    (wanted.stateKeyArn === undefined ? 1 : 0) + (makesCluster(wanted) && wanted.clusterKeyArn === undefined ? 1 : 0);
  return [
    item('volumes of the product (gp3)', assumed.storageGb, 'GB', region.gp3GbMonth),
    item('registry (ECR)', assumed.imagesGb, 'GB', all.ecrGbMonth),
    item('state bucket (S3)', assumed.stateGb, 'GB', region.s3GbMonth),
    ...(ownKeys === 0 ? [] : [item('KMS keys', ownKeys, 'keys', all.kmsKeyMonth)]),
    item('KMS requests', assumed.kmsRequests / 10_000, '10,000', all.kmsTenThousandRequests),
    ...(makesCluster(wanted)
      ? [
          item('CloudWatch logs, written', assumed.logsGb, 'GB', region.logsGb),
          item('CloudWatch logs, kept', assumed.logsStoredGb, 'GB', region.logsStoredGbMonth),
        ]
      : []),
  ];
}

function transfer(all: Prices['everywhere'], { crossZoneGb, egressGb }: Assumptions): LineItem[] {
  return [
    // Each GB is paid on both sides.
    item('between zones', crossZoneGb, 'GB', 2 * all.crossZoneGbEachWay),
    item(
      `out to the internet (${all.egressFreeGb} GB free)`,
      Math.max(0, egressGb - all.egressFreeGb),
      'GB',
      all.egressGb,
    ),
  ];
}

function item(name: string, quantity: number, unit: string, unitPrice: number | undefined): LineItem {
  return {
    name,
    quantity,
    unit,
    unitPrice,
    monthly: unitPrice === undefined ? undefined : cents(quantity * unitPrice),
  };
}

export function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
