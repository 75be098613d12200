import { escapeTemplates } from '../../escape-templates.ts';
import type { Placeholder } from '../placeholders.ts';
import type { Statement } from '../statement.ts';
import type { Trust } from '../trusts.ts';
import { policyJson, type Style, trustJson } from './document.ts';

/** What the account module must define: these locals and variables. */
const terraformExpressions: Readonly<Record<Placeholder, string>> = {
  prefix: '${local.prefix}',
  account: '${var.account_id}',
  region: '${var.region}',
  partition: '${local.partition}',
  cluster: '${local.cluster}',
  install: '${var.install_id}',
  'state-key': '${local.state_key_arn}',
  'cluster-key': '${local.cluster_key_arn}',
  'expires-at': '${var.install_expires_at}',
  'external-id': '${var.external_id}',
  'vendor-principal': '${var.vendor_principal_arn}',
  'bootstrap-project': '${var.bootstrap_project}',
  boundary: '${local.boundary_arn}',
};

const style: Style = { literal: escapeTemplates, placeholder: (name) => terraformExpressions[name] };

/**
 * The policy's JSON as a Terraform string: placeholders become expressions, everything else that looks like a template is
 * escaped. Its length is checked with the longest values by a test, not here: expressions are longer than what they stand for.
 */
export function renderForTerraform(statements: readonly Statement[]): string {
  return policyJson(statements, style);
}

export function renderTrustForTerraform(trust: Trust): string {
  return trustJson(trust, style);
}
