import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLayout } from '../../../oci/index.ts';
import { assembleImage } from '../../../release/index.ts';

export const product = 'shop';
export const namespace = 'shop';
/** The label of nodes that the migration of a release with a slow one runs on: there is none until a test gives it to one. */
export const slowNodeLabel = 'shop.example/migrates';

/** What of the product differs between two of its versions, beside the version itself, which is in its chart, values and variables. */
export type Shape = {
  /** A further Helm component, in this namespace. */
  extraIn?: string;
  /** The web has a migration, a hook, which waits for a node that is not there yet. */
  migrationWaits?: boolean;
  /** The web's pods fit on no node: it never gets healthy. */
  broken?: boolean;
  /** Terraform's apply stops in the middle the first time: it makes this file, and goes on at once when it is there. */
  applyHangsAt?: string;
};

/**
 * The folder of a small product at a version: `settings` (Terraform, with its state in the bucket and no provider), `steady` (a chart that never
 * changes) and `web` (fed from an output of `settings`).
 */
export async function writeProduct(dir: string, version: string, shape: Shape, cacheDir: string): Promise<string> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  const helm = (name: string, more: object): object => ({
    name,
    kind: 'helm',
    chart: `./charts/${name}`,
    namespace,
    releaseName: name,
    health: { timeoutSeconds: 60 },
    ...more,
  });
  const hang = shape.applyHangsAt;
  await write(
    'landfall.yaml',
    JSON.stringify({
      apiVersion: 'landfall.dev/v1',
      kind: 'Product',
      metadata: { name: product, title: 'Shop' },
      imageSources: { 'shop.example/': './images' },
      components: [
        {
          name: 'settings',
          kind: 'terraform',
          module: './modules/settings',
          variables: { greeting: version, ...(hang === undefined ? {} : { marker: hang }) },
          outputs: ['greeting'],
        },
        helm('steady', {}),
        ...(shape.extraIn === undefined ? [] : [helm('extra', { namespace: shape.extraIn })]),
        helm('web', {
          dependsOn: ['settings', 'steady'],
          values: {
            greeting: '${components.settings.outputs.greeting}',
            selector: shape.broken === true ? { 'shop.example/nowhere': 'true' } : {},
            migrationSelector: shape.migrationWaits === true ? { [slowNodeLabel]: 'true' } : {},
          },
          health: { timeoutSeconds: shape.broken === true ? 3 : 60 },
        }),
      ],
    }),
  );
  await write('modules/settings/main.tf', hang === undefined ? settings : `${settings}${hanging}`);
  await write('charts/steady/Chart.yaml', chartFile('steady', '1.0.0'));
  await write('charts/steady/templates/all.yaml', deployment('steady', '{}'));
  await write('charts/web/Chart.yaml', chartFile('web', version));
  await write('charts/web/values.yaml', 'greeting: ""\nselector: {}\nmigrationSelector: {}\n');
  await write(
    'charts/web/templates/all.yaml',
    [deployment('web', '{{ .Values.selector | toJson }}'), web].join('---\n'),
  );
  await write('charts/extra/Chart.yaml', chartFile('extra', version));
  await write('charts/extra/templates/all.yaml', configMap('extra', version));
  const layout = await createLayout(join(dir, 'images'));
  await write('program', 'not run: the nodes only pretend\n');
  await assembleImage({
    layout,
    layers: [{ entries: [{ kind: 'file', path: 'app', source: join(dir, 'program'), size: 32, mode: 0o755 }] }],
    config: { entrypoint: ['/app'], user: '65532:65532' },
    platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    reference: 'shop.example/app:1',
    cacheDir,
  });
  return join(dir, 'landfall.yaml');
}

const settings = `
variable "greeting" { type = string }
resource "terraform_data" "greeting" { input = var.greeting }
output "greeting" { value = terraform_data.greeting.output }
`;
const hanging = `
variable "marker" { type = string }
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "test -e \${var.marker} || { echo begun > \${var.marker}; sleep 600; }" }
}
`;
const chartFile = (name: string, version: string): string => `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
const configMap = (name: string, greeting: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { greeting: ${greeting} }
`;
const deployment = (name: string, selector: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      nodeSelector: ${selector}
      containers: [{ name: ${name}, image: "shop.example/app:1" }]
`;
const web = `${configMap('web', '{{ .Values.greeting | quote }}')}{{- if .Values.migrationSelector }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: { helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {{ .Values.migrationSelector | toJson }}
      containers: [{ name: migrate, image: "shop.example/app:1" }]
{{- end }}
`;
