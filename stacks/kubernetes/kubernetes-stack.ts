/* oxlint-disable no-new -- a construct adds itself to its scope */
import { TerraformOutput, TerraformProvider, TerraformResource, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { ModuleBackend } from '../aws/module-stack.ts';
import { escapeTemplates } from '../escape-templates.ts';
import type { KubernetesInputs } from '../inputs.ts';
import { installNames, runnerIdentity } from '../names.ts';

const sources = {
  kubernetes: { source: 'registry.opentofu.org/hashicorp/kubernetes', version: '2.38.0' },
  helm: { source: 'registry.opentofu.org/hashicorp/helm', version: '3.1.1' },
} as const;

/** A provider or resource given as plain JSON: the generated bindings of these two providers are not among our packages. */
class PlainProvider extends TerraformProvider {
  private readonly attributes: Record<string, unknown>;

  constructor(scope: Construct, name: keyof typeof sources, attributes: Record<string, unknown>) {
    super(scope, name, {
      terraformResourceType: name,
      terraformProviderSource: sources[name].source,
      terraformGeneratorMetadata: { providerName: name, providerVersion: sources[name].version },
    });
    this.attributes = attributes;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.attributes;
  }
}

class PlainResource extends TerraformResource {
  private readonly attributes: Record<string, unknown>;

  constructor(scope: Construct, id: string, type: string, attributes: Record<string, unknown>) {
    super(scope, id, { terraformResourceType: type });
    this.attributes = attributes;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.attributes;
  }
}

/** What the Helm engine does at the hand-off, for people who want it in their own Terraform. No token in the values: Terraform would keep it in its state for ever. */
export class KubernetesStack extends TerraformStack {
  constructor(scope: Construct, id: string, inputs: KubernetesInputs) {
    super(scope, id);
    const names = installNames(inputs);
    const place = { bucket: names.stateBucket, key: 'kubernetes/terraform.tfstate', region: inputs.region };
    new ModuleBackend(this, place);
    this.addOverride('terraform.required_providers', sources);
    const login = {
      api_version: 'client.authentication.k8s.io/v1',
      command: 'aws',
      args: ['eks', 'get-token', '--cluster-name', names.cluster, '--region', inputs.region],
    };
    const access = { host: '${var.cluster_endpoint}', cluster_ca_certificate: '${base64decode(var.cluster_ca)}' };
    for (const variable of ['cluster_endpoint', 'cluster_ca']) {
      this.addOverride(`variable.${variable}`, { type: 'string', description: 'Output of the base stack.' });
    }
    new PlainProvider(this, 'kubernetes', { ...access, exec: [login] });
    new PlainProvider(this, 'helm', { kubernetes: { ...access, exec: login } });
    const namespace = new PlainResource(this, 'namespace', 'kubernetes_namespace_v1', {
      metadata: [{ name: runnerIdentity.namespace }],
    });
    const runner = new PlainResource(this, 'runner', 'helm_release', {
      name: runnerIdentity.serviceAccount,
      namespace: runnerIdentity.namespace,
      repository: inputs.chart.repository,
      chart: 'runner',
      version: inputs.chart.version,
      values: [escapeTemplates(JSON.stringify(inputs.values))],
    });
    runner.addOverride('depends_on', [`${namespace.terraformResourceType}.${namespace.friendlyUniqueId}`]);
    // The runner upgrades itself: a later apply of this stack must never take it back to an older chart.
    runner.addOverride('lifecycle', { ignore_changes: 'all' });
    new TerraformOutput(this, 'runner-release', {
      value: `${runnerIdentity.namespace}/${runnerIdentity.serviceAccount}`,
    });
  }
}
