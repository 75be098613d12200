import { describe, expect, it } from 'vitest';
import { accountModuleVariables } from './aws/account/account-variables.ts';
import { baseModuleVariables } from './aws/base/base-variables.ts';
import { sampleInputs } from './testing/sample-inputs.ts';
import { toVariables } from './variables.ts';

const subnets = ['subnet-0a', 'subnet-0b'];

describe('toVariables', () => {
  it('knows every variable of the modules, and none besides', () => {
    const codebuild = { kind: 'codebuild', project: 'lf-acme-bootstrap' } as const;
    const account = {
      ...toVariables({ stack: 'account', inputs: sampleInputs.account }),
      ...toVariables({ stack: 'account', inputs: { ...sampleInputs.account, installPrincipal: codebuild } }),
    };
    expect(Object.keys(account).sort()).toEqual(Object.keys(accountModuleVariables).sort());
    const privatelink = { kind: 'privatelink', serviceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0a' } as const;
    const base = {
      ...toVariables({
        stack: 'base',
        inputs: {
          ...sampleInputs.base,
          kubernetesVersion: '1.35',
          nodeImageVersion: '1.2',
          addonVersions: {},
          controlPlaneLink: privatelink,
        },
      }),
      ...toVariables({
        stack: 'base',
        inputs: { ...sampleInputs.base, controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1' } },
      }),
    };
    expect(Object.keys(base).sort()).toEqual(Object.keys(baseModuleVariables).sort());
  });

  it('leaves the versions to the module where the install names none, so that a release can raise them', () => {
    const variables = toVariables({ stack: 'base', inputs: sampleInputs.base });
    expect(Object.keys(variables)).not.toContain('kubernetes_version');
    expect(Object.keys(variables)).not.toContain('node_image_version');
  });

  it('makes node groups a map by their name', () => {
    const nodeGroups = [{ name: 'one', instanceType: 'm7g.large', size: 3 }];
    const { node_groups } = toVariables({ stack: 'base', inputs: { ...sampleInputs.base, nodeGroups } });
    expect(node_groups).toEqual({
      one: { instance_type: 'm7g.large', size: 3, disk_gib: 80, release_version: '' },
    });
  });
});

describe('inputs', () => {
  const principal = { kind: 'vendor', arn: 'arn:aws:iam::999999999999:role/v', externalId: 'x'.repeat(20) };
  it.each([
    ['a wildcard as the vendor', { installPrincipal: { ...principal, arn: '*' } }],
    ['a whole account as the vendor', { installPrincipal: { ...principal, arn: 'arn:aws:iam::999999999999:root' } }],
    ['a short ExternalId', { installPrincipal: { ...principal, externalId: 'customer-1' } }],
    ['a relative date', { installExpiresAt: '24h' }],
    ['an account that is no account', { accountId: '1234' }],
    ['a prefix that ECR takes for no folder', { namePrefix: 'acme-' }],
    ['a prefix with two dashes in a row', { namePrefix: 'acme--eu' }],
    ['a prefix too long for IAM', { namePrefix: 'x'.repeat(40) }],
    ['an input nobody knows', { surprise: true }],
  ])('refuse %s', (_, wrong) => {
    const inputs = Object.assign(structuredClone(sampleInputs.account), wrong);
    expect(() => toVariables({ stack: 'account', inputs })).toThrow(/the inputs of stack account/);
  });

  it.each([
    ['a VPC too small for three zones', { vpcCidr: '10.0.0.0/24' }, /\/16 to \/20/],
    ['a customer’s VPC without its id', { mode: 'vpc' }, /vpc: is given in mode vpc/],
    ['a VPC id where the VPC is made', { vpc: { id: 'vpc-0a', privateSubnetIds: subnets } }, /and only there/],
    ['a customer’s VPC in one subnet', { mode: 'vpc', vpc: { id: 'vpc-0a', privateSubnetIds: ['subnet-0a'] } }, /vpc/],
    ['a customer’s cluster without its name', { mode: 'cluster' }, /clusterName: is needed/],
    ['nodes that could reach nothing', { nat: 'none' }, /privateEndpoints: must be true without NAT/],
    ['one zone', { zones: ['a'] }, /zones/],
    [
      'a VPN whose routes are not ours',
      { mode: 'cluster', clusterName: 'c', controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1' } },
      /mode full only/,
    ],
  ])('refuse %s', (_, wrong, why) => {
    const inputs = Object.assign(structuredClone(sampleInputs.base), wrong);
    expect(() => toVariables({ stack: 'base', inputs })).toThrow(why);
  });
});
