import type { Placeholder } from '../placeholders.ts';
import type { Statement } from '../statement.ts';
import type { Trust } from '../trusts.ts';
import { policyJson, type Style, trustJson } from './document.ts';

/** What the template must have: these pseudo parameters, parameters and resources (`Key.Arn` is an attribute). */
type CloudFormationNames = Readonly<Record<Placeholder, string>>;

const cloudFormationNames: CloudFormationNames = {
  prefix: 'NamePrefix',
  account: 'AWS::AccountId',
  region: 'AWS::Region',
  partition: 'AWS::Partition',
  cluster: 'ClusterName',
  install: 'InstallId',
  'state-key': 'StateKey.Arn',
  'cluster-key': 'ClusterKey.Arn',
  'expires-at': 'InstallExpiresAt',
  'external-id': 'ExternalId',
  'vendor-principal': 'VendorPrincipalArn',
  'bootstrap-project': 'BootstrapProject',
  boundary: 'Boundary',
};

/** The policy's JSON as text for `Fn::Sub`; `names` replaces what another template calls differently. */
export function renderForCloudFormation(
  statements: readonly Statement[],
  names: Partial<CloudFormationNames> = {},
): string {
  return policyJson(statements, styleWith(names));
}

export function renderTrustForCloudFormation(trust: Trust, names: Partial<CloudFormationNames> = {}): string {
  return trustJson(trust, styleWith(names));
}

function styleWith(names: Partial<CloudFormationNames>): Style {
  return {
    // `${!` is Fn::Sub's way to write `${`.
    literal: (text) => text.replaceAll('${', () => '${!'),
    placeholder: (name) => `\${${names[name] ?? cloudFormationNames[name]}}`,
  };
}
