import type { FakeComponent } from '../../../testing/index.ts';
import { imageNamesOf } from '../../../testing/fake-component.ts';

type Chart = Extract<FakeComponent, { chart: object }>['chart'];
type Module = Extract<FakeComponent, { module: object; outputs?: string[] }>['module'];

export const chartImage = 'shop.example/app:1';
const nowhere = '{ shop.example/nowhere: "true" }';

/** A fake chart as a real one: the same Deployments, and it fails in the same way. */
export function chartFiles({ deployments, ready, fails, hookFails, installHook }: Chart): Record<string, string> {
  const hook = 'helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation';
  const templates = [
    ...deployments.map(
      (name) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} }, annotations: { values: {{ .Values | toJson | quote }} } }
    spec:
      ${ready === false ? `nodeSelector: ${nowhere}` : ''}
      containers: [{ name: app, image: "${chartImage}" }]
`,
    ),
    // Refused by the API server.
    ...(fails === true
      ? [`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: bad, annotations: { ${hook} } }\ndata: { "no key": x }\n`]
      : []),
    ...(installHook !== undefined
      ? [
          `apiVersion: v1
kind: ConfigMap
metadata: { name: ${installHook}, annotations: { helm.sh/hook: post-install } }
data: { made: by a hook }
`,
        ]
      : []),
    ...(hookFails === true
      ? [
          `apiVersion: batch/v1
kind: Job
metadata: { name: hook, annotations: { ${hook} } }
spec:
  activeDeadlineSeconds: 1
  template:
    spec: { restartPolicy: Never, nodeSelector: ${nowhere}, containers: [{ name: hook, image: "${chartImage}" }] }
`,
        ]
      : []),
  ];
  return {
    'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'values.yaml': '{}\n',
    'templates/all.yaml': templates.join('---\n'),
  };
}

/** A fake module as a real one. While the file `hold` is there, its first apply does not end, and `applying` says that it is under way. */
export function moduleText({ outputs = {}, fails }: Module, files: { hold: string; applying: string }): string {
  const given = Object.entries(outputs).map(
    ([name, value]) => `resource "terraform_data" "${name}" { input = ${JSON.stringify(value)} }
output "${name}" { value = terraform_data.${name}.output }
`,
  );
  const command = `if [ -e ${files.hold} ]; then touch ${files.applying}; while [ -e ${files.hold} ]; do sleep 0.05; done; fi`;
  const run = (name: string, text: string): string =>
    `resource "terraform_data" "${name}" {\n  provisioner "local-exec" { command = ${JSON.stringify(text)} }\n}\n`;
  return [
    ...given,
    run('made', command),
    ...(fails === true ? [run('broken', 'echo InvalidParameter; exit 1')] : []),
  ].join('');
}

/** A job that does not succeed on fakes finds no node here, and not the time to wait for one. */
export function realComponent(component: FakeComponent): FakeComponent {
  if (!('job' in component) || !/"test\/outcome":"(?:fails|hangs)"/.test(JSON.stringify(component.job)))
    return component;
  const spec = { ...Object(component.job['spec']), nodeSelector: { 'shop.example/nowhere': 'true' } };
  return { ...component, job: { ...component.job, spec }, settings: { ...component.settings, timeoutSeconds: 2 } };
}

export const imagesOf = (component: FakeComponent): string[] =>
  'chart' in component
    ? [chartImage]
    : 'job' in component
      ? imageNamesOf(component.job)
      : 'objects' in component
        ? imageNamesOf(component.objects)
        : [];
