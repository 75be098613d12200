/** Pods with this label never get ready on simulated nodes: how a broken release is played there. */
export type NeverReady = { label: string; value: string };

const here = { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'Stage' };
const living = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const now = '{{ $now := Now }}';
const condition = (type: string): string => `- {type: ${type}, status: "True", lastTransitionTime: {{ $now | Quote }}}`;

/** kwok's configuration (a stream of JSON documents): what happens to a pod on a node that only pretends. Its own stages for nodes stay. */
export function podStages(neverReady: NeverReady | undefined): string {
  const ofJob = { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] };
  const label = (to: NeverReady): object => ({
    key: `.metadata.labels["${to.label}"]`,
    operator: 'NotIn',
    values: [to.value],
  });
  const ready = (name: string, also: object[]): object =>
    stage(name, [living, { key: '.status.podIP', operator: 'DoesNotExist' }, ...also], {
      statusTemplate: [
        now,
        'phase: Running',
        'startTime: {{ $now | Quote }}',
        'hostIP: {{ NodeIPWith .spec.nodeName | Quote }}',
        'podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}',
        'conditions:',
        condition('Initialized'),
        condition('ContainersReady'),
        condition('Ready'),
        'containerStatuses:',
        '{{ range .spec.containers }}',
        '- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}',
        '{{ end }}',
      ].join('\n'),
    });
  const stages = [
    ...(neverReady === undefined
      ? [ready('pod-ready', [])]
      : [ready('pod-ready', [label(neverReady)]), ready('pod-ready-of-job', [ofJob])]),
    stage('pod-complete', [living, { key: '.status.phase', operator: 'In', values: ['Running'] }, ofJob], {
      statusTemplate: [
        now,
        'phase: Succeeded',
        'containerStatuses:',
        '{{ range .spec.containers }}',
        '- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, finishedAt: {{ $now | Quote }}}}}',
        '{{ end }}',
      ].join('\n'),
    }),
    stage('pod-delete', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
      finalizers: { empty: true },
      delete: true,
    }),
  ];
  return stages.map((document) => JSON.stringify(document)).join('\n---\n');
}

function stage(name: string, matchExpressions: object[], next: object): object {
  const resourceRef = { apiGroup: 'v1', kind: 'Pod' };
  return { ...here, metadata: { name }, spec: { resourceRef, selector: { matchExpressions }, next } };
}
