import { randomUUID } from 'node:crypto';
import { channelPaths, sha256 } from '../../contract/index.ts';
import { testBatch, testReport, testSeal } from './documents.ts';
import { furnish, type TestPlane } from './test-plane.ts';
import { registration } from './test-release.ts';
import type { TestRunner } from './test-runner.ts';

/** An install in the middle of an upgrade, one that took a release back, and one nobody has joined: what the pages must be able to show. Gives the first one's runner. */
export async function furnishPages(test: TestPlane): Promise<TestRunner> {
  await furnish(test);
  const release = (version: string) => ({ version, digest: sha256(`manifest of ${version}`) });
  const at = test.clock.now().toISOString();
  const ready = (message: string) => [
    { type: 'Ready', status: 'True', reason: 'Healthy', message, lastTransitionTime: at },
  ];
  const condition = (type: string, status: string, reason: string, message: string) => ({
    ...{ type, status, reason, message },
    lastTransitionTime: at,
  });
  const component = (name: string, kind: string, state: string, version: string, conditions: object[]) => ({
    ...{ name, kind, state, version, conditions },
  });
  await test.vendor('POST', '/v1/installs', {
    id: 'initech',
    product: 'streaming',
    channel: 'stable',
    title: 'Initech GmbH',
    region: 'eu-central-1',
    secrets: { token: { store: 'kubernetes', namespace: 'streaming', name: 'gateway', key: 'token' } },
  });
  const acme = await test.enrolled('acme');
  const globex = await test.enrolled('globex');
  await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '1.1.0' });
  const ending = {
    step: 'role deleted',
    done: true,
    message: 'The install role and its cluster access are gone; old sessions are refused.',
  };
  await test.runner(
    acme,
    'PUT',
    acme.paths.report,
    testReport('acme', {
      acceptedSequence: 2,
      desired: release('1.1.0'),
      observed: release('1.0.0'),
      conditions: [condition('Reconciling', 'True', 'Upgrading', 'gateway is being upgraded to 1.1.0')],
      mirror: {
        items: { done: 3, total: 7 },
        blobs: { done: 20, total: 31 },
        bytes: { done: 1_250_000_000, total: 3_400_000_000 },
        known: true,
        bytesPerSecond: 45_200_000,
        secondsLeft: 48,
      },
      components: [
        component('bucket', 'terraform', 'Running', '1.1.0', ready('2 resources as planned')),
        component('broker', 'helm', 'Running', '1.1.0', ready('1 of 1 pods ready')),
        component('gateway', 'helm', 'Provisioned', '1.0.0', [
          condition('Reconciling', 'True', 'Progressing', '1 of 2 pods ready'),
        ]),
      ],
      ending,
    }),
  );
  await test.runner(
    globex,
    'PUT',
    globex.paths.report,
    testReport('globex', {
      acceptedSequence: 2,
      desired: release('1.1.0'),
      observed: release('1.0.0'),
      waitingFor: {
        reason: 'MaintenanceWindow',
        message: 'Changes are allowed again on Sunday at 02:00 (Europe/Berlin).',
        details: {
          component: 'base',
          planDigest: sha256('a plan'),
          changes: ['replace aws_ecr_repository.repository["shop/old"]', 'delete aws_vpc_endpoint.endpoint["logs"]'],
          permissions: [
            {
              sid: 'Queue',
              actions: ['sqs:CreateQueue', 'sqs:TagQueue'],
              resources: ['arn:aws:sqs:eu-central-1:123456789012:lf-globex-*'],
            },
          ],
          updateUrl: 'https://console.aws.amazon.com/cloudformation/home',
        },
      },
      denied: [{ ...release('1.1.0'), reason: 'gateway was not ready within 300 s: image runs as root', at }],
      components: [component('gateway', 'helm', 'Running', '1.0.0', ready('2 of 2 pods ready'))],
      ending: { step: 'detach policies', done: false, message: 'Two policies are still attached; trying again.' },
    }),
  );
  const log = (sequence: number, message: string, level = 'info') => ({
    ...{ type: 'log', sequence, at, level, message },
    fields: { component: 'gateway' },
  });
  const event = (sequence: number, reason: string, message: string, severity = 'normal') => ({
    ...{ type: 'event', sequence, at, reason, message, severity },
    component: 'gateway',
  });
  await test.runner(
    acme,
    'POST',
    acme.paths.telemetry,
    testBatch('acme', [
      log(1, 'desired state accepted'),
      log(2, 'mirror complete: 7 artifacts, 3 copied'),
      event(3, 'UpgradeStarted', 'helm upgrade to chart 1.1.0'),
      log(4, 'helm upgrade started'),
      log(5, 'pod gateway-7d9f not ready yet', 'warn'),
      { type: 'component-state', sequence: 6, at, component: 'gateway', from: 'Running', to: 'Provisioned' },
      event(7, 'ReadinessSlow', 'The new pod has not been ready for 40 s.', 'warning'),
    ]),
  );
  await test.runner(acme, 'PUT', acme.paths.seal, await acme.sealed(testSeal('acme')));
  const openSeal = testSeal('globex', {
    verdict: 'open',
    summary:
      '1 way into the account from outside: 412 resources at 12 places were looked at. The install role is gone. 1 way in that the customer knows of is accepted. 1 thing could not be seen or read.',
    outside: [
      {
        kind: 'aws',
        principal: 'arn:aws:iam::777777777777:role/consultants/deployer-of-everything',
        where: 'arn:aws:kms:eu-central-1:123456789012:key/0b7f4a1e-8c7b-4d0e-9b1a-6d5a2f0c1e22',
        via: 'key policy',
        conditions: ['StringEquals kms:ViaService'],
        accepted: false,
      },
      {
        kind: 'organization',
        principal: 'o-abcdefghij',
        where: 'arn:aws:sqs:eu-central-1:123456789012:orders',
        via: 'queue policy',
        conditions: ['StringEquals aws:PrincipalOrgID'],
        accepted: true,
      },
    ],
    notVisible: ['grants of arn:aws:kms:eu-central-1:123456789012:key/1: AccessDeniedException'],
  });
  await test.runner(globex, 'PUT', globex.paths.seal, await globex.sealed(openSeal));
  return acme;
}

const entityTypes = [
  {
    name: 'streams',
    title: 'Streams',
    schema: { type: 'object', required: ['topic'], properties: { topic: { type: 'string' } } },
    components: [{ kind: 'secret', name: 's', namespace: 'x', secretName: 'x', from: { namespace: 'x', name: 'x' } }],
  },
];

/** An install with entities in every state, on a channel of its own. Gives its runner. */
export async function furnishEntities(test: TestPlane): Promise<TestRunner> {
  await test.vendor('POST', '/v1/products/streaming/releases', await registration('2.0.0', { entityTypes }));
  await test.vendor('POST', '/v1/products/streaming/channels', { name: 'beta' });
  await test.vendor('POST', '/v1/products/streaming/channels/beta/promote', { version: '2.0.0' });
  await test.vendor('POST', '/v1/installs', {
    ...{ id: 'umbrella', product: 'streaming', channel: 'beta', title: 'Umbrella AG', region: 'eu-west-1' },
    secrets: { token: { store: 'kubernetes', namespace: 'streaming', name: 'gateway', key: 'token' } },
  });
  const runner = await test.enrolled('umbrella');
  const names = ['orders', 'payments', 'returns', 'clicks-of-the-web-shop-in-southern-eu', 'audit'];
  const entities = names.map((name) => ({ type: 'streams', name, spec: { topic: name } }));
  await test.vendor('POST', '/v1/installs/umbrella/entities', { entities });
  const at = test.clock.now().toISOString();
  const one = (name: string, state: string, type: string, status: string, reason: string, message: string) => ({
    ...{ type: 'streams', name, generation: 1, state },
    conditions: [{ type, status, reason, message, lastTransitionTime: at }],
  });
  await test.runner(runner, 'PUT', channelPaths.entityStates('umbrella'), {
    ...{ apiVersion: 'landfall.dev/v1', kind: 'EntityReport', install: 'umbrella', sequence: 1, at },
    ...{ runner: { bootId: randomUUID(), leaseEpoch: 1 }, acceptedSequence: 1, complete: true, gone: [] },
    entities: [
      one('orders', 'Running', 'Ready', 'True', 'Running', 'all of its components run'),
      one('payments', 'Provisioned', 'Ready', 'False', 'Progressing', 'Deployment payments: 0 of 1 pods ready'),
      one(
        'returns',
        'Error',
        'Stalled',
        'True',
        'ApplyFailed',
        'topic: Job topic-returns failed: BackoffLimitExceeded',
      ),
      one('audit', 'ShuttingDown', 'Ready', 'False', 'Removing', 'its cleanup job is under way'),
    ],
  });
  return runner;
}
