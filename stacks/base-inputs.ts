import * as z from 'zod';
import { repositorySchema } from '../contract/index.ts';
import { sharedInputs } from './inputs.ts';

const nodeGroupSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/),
  size: z.number().int().min(1).max(100),
  /** Of the data volume: images, logs, emptyDirs. */
  diskGib: z.number().int().min(20).max(16_384).default(80),
  /** Of the node image; empty: `nodeImageVersion`. */
  releaseVersion: z.string().max(64).default(''),
});

const subnetId = z.string().regex(/^subnet-[0-9a-f]+$/, 'expected the id of a subnet');

/** How the runner reaches the vendor's control plane. */
const linkSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('internet') }),
  z.strictObject({
    kind: z.literal('privatelink'),
    serviceName: z
      .string()
      .regex(/^com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]+$/, 'expected an endpoint service'),
    /** Whether the service's own (verified) name resolves to the endpoint inside the VPC. */
    privateDns: z.boolean().default(true),
  }),
  z.strictObject({
    kind: z.literal('vpn'),
    gatewayIp: z.ipv4(),
    /** 0: static routes to `cidrs`; else BGP with that number. */
    bgpAsn: z.number().int().min(0).max(4_294_967_294).default(0),
    cidrs: z.array(z.cidrv4()).max(20).default([]),
  }),
]);

export const baseInputsSchema = z
  .strictObject({
    ...sharedInputs,
    kubernetesVersion: z
      .string()
      .regex(/^1\.\d{2}$/)
      .optional(),
    /** Mode full: a /16 to /20, from which public and private subnets are cut. */
    vpcCidr: z
      .cidrv4()
      .refine((cidr) => /\/(1[6-9]|20)$/.test(cidr), 'expected a /16 to /20')
      .default('10.64.0.0/16'),
    /** Suffixes of two or three zones. */
    zones: z
      .array(z.string().regex(/^[a-z]$/))
      .min(2)
      .max(3)
      .default(['a', 'b', 'c']),
    /** none: the customer's own way out, or private endpoints and a private link alone. */
    nat: z.enum(['single', 'per-zone', 'none']).default('single'),
    /** AWS's services are reached inside the VPC. */
    privateEndpoints: z.boolean().default(false),
    flowLogs: z.boolean().default(true),
    /** Who may reach the cluster's API from outside; empty: nobody, its public endpoint is off. */
    publicEndpointCidrs: z.array(z.cidrv4()).max(40).default([]),
    /** Mode vpc: the customer's network, in at least two zones. */
    vpc: z
      .strictObject({
        id: z.string().regex(/^vpc-[0-9a-f]+$/, 'expected the id of a VPC'),
        privateSubnetIds: z.array(subnetId).min(2).max(16),
        publicSubnetIds: z.array(subnetId).max(16).default([]),
      })
      .optional(),
    nodeGroups: z
      .array(nodeGroupSchema)
      .min(1)
      .max(10)
      .default([
        { name: 'general', instanceType: 'm6i.large', size: 4, diskGib: 80, releaseVersion: '' },
        { name: 'large', instanceType: 'm6i.xlarge', size: 2, diskGib: 80, releaseVersion: '' },
      ]),
    nodeImageVersion: z.string().max(64).optional(),
    /** Of EKS add-ons, by name; without one, AWS's default when it is made. A release's module may bring others. */
    addonVersions: z.record(z.string(), z.string().max(64)).optional(),
    /** Auto Mode: the most that its nodes may have together. */
    autoLimits: z
      .strictObject({ cpu: z.number().int().min(2), memoryGib: z.number().int().min(4) })
      .default({ cpu: 64, memoryGib: 256 }),
    controlPlaneLink: linkSchema.default({ kind: 'internet' }),
    /** Needed before the runner runs; it makes the others itself. */
    repositories: z.array(repositorySchema).min(1).max(200).default(['landfall/runner', 'landfall/charts/runner']),
    /** 0: no budget. */
    monthlyBudget: z
      .strictObject({ usd: z.number().int().min(1), email: z.email().or(z.literal('')).default('') })
      .optional(),
  })
  .superRefine((inputs, context) => {
    for (const [path, message] of contradictions(inputs)) context.addIssue({ code: 'custom', path: [path], message });
  });

/** What no single field shows. */
function contradictions(inputs: {
  mode: string;
  vpc?: unknown;
  clusterName: string;
  nat: string;
  privateEndpoints: boolean;
  controlPlaneLink: { kind: string };
}): [path: string, message: string][] {
  const { mode, vpc, clusterName, nat, privateEndpoints, controlPlaneLink } = inputs;
  const found: [string, string][] = [];
  if ((mode === 'vpc') !== (vpc !== undefined)) found.push(['vpc', 'is given in mode vpc, and only there']);
  if (mode === 'cluster' && clusterName === '') found.push(['clusterName', 'is needed in mode cluster']);
  if (mode === 'full' && nat === 'none' && !privateEndpoints) {
    found.push(['privateEndpoints', 'must be true without NAT: nodes could reach neither EKS nor ECR']);
  }
  if (controlPlaneLink.kind === 'vpn' && mode !== 'full') {
    found.push(['controlPlaneLink', 'a VPN is made in mode full only: elsewhere the routes are the customer’s']);
  }
  return found;
}

export type BaseInputs = z.infer<typeof baseInputsSchema>;
export type BaseInputsGiven = z.input<typeof baseInputsSchema>;
