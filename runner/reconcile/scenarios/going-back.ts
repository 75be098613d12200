import { bucket, broker, chart, gateway, migrate, settings, usual, v1, v2, wish } from './product.ts';
import type { Scenario } from './scenario.ts';

const there = ['broker', 'gateway'];
const back = {
  ends: 'done',
  inForce: '1.0.0',
  there,
  denied: ['1.1.0'],
  says: ['Ready True Applied', 'Stalled True ReleaseDenied'],
};
const changed = broker({ deployments: ['broker', 'broker2'] });

export const goingBack: Scenario[] = [
  {
    says: 'a chart that never gets healthy takes everything back, last one first',
    real: true,
    before: [v1],
    wants: wish('1.1.0', bucket(), changed, gateway({ ready: false })),
    then: { ...back, calls: ['upgrade broker', 'upgrade gateway', 'rollback gateway 1', 'rollback broker 1'] },
  },
  {
    says: 'a chart that cannot be applied takes everything back',
    real: true,
    before: [v1],
    wants: wish('1.1.0', bucket(), changed, gateway({ fails: true })),
    then: { ...back, calls: ['upgrade gateway', 'rollback gateway 1', 'rollback broker 1'] },
  },
  {
    says: 'a hook that runs out of time takes everything back',
    before: [v1],
    wants: wish('1.1.0', bucket(), changed, gateway({ hookFails: true })),
    then: { ...back, calls: ['rollback broker 1'] },
  },
  {
    says: 'a first component that fails leaves the others as they were',
    before: [v1],
    wants: wish('1.1.0', bucket(), broker({ fails: true }), gateway({ deployments: ['gateway2'] })),
    then: { ...back, never: ['upgrade gateway'] },
  },
  {
    says: 'a new component that fails is taken away again',
    real: true,
    before: [v1],
    wants: wish('1.1.0', ...usual, chart('new', { ready: false })),
    then: { ...back, calls: ['upgrade new', 'uninstall new'] },
  },
  {
    says: 'a component dropped by the release that failed is still there',
    before: [v1],
    wants: wish('1.1.0', bucket(), chart('gateway', { ready: false })),
    then: { ...back, never: ['uninstall broker'] },
  },
  {
    says: 'a module that fails takes the charts back',
    before: [v1],
    wants: wish('1.1.0', bucket({ fails: true, outputs: { bucketName: 'x' } }), broker(), gateway()),
    then: { ends: 'done', inForce: '1.0.0', there, denied: ['1.1.0'] },
  },
  {
    says: 'a plan that would destroy a data store changes nothing',
    before: [v1],
    wants: wish('1.1.0', bucket({ deletes: 'aws_s3_bucket' }), broker(), gateway()),
    then: {
      ends: 'done',
      never: ['apply', 'upgrade broker', 'upgrade gateway'],
      inForce: '1.0.0',
      there,
      denied: ['1.1.0'],
    },
  },
  {
    says: 'a module that moved and cannot go back is named, and the install is never ready then',
    real: true,
    before: [v1],
    wants: wish('1.1.0', bucket({ outputs: { bucketName: 'x' } }), broker(), gateway({ ready: false })),
    then: { ...back, says: ['Ready False PartiallyRolledBack', 'Stalled True PartiallyRolledBack'] },
  },
  {
    says: 'a module whose component says so goes back, too',
    before: [wish('1.0.0', bucket({}, { rollback: 'previous' }), broker(), gateway())],
    wants: wish(
      '1.1.0',
      bucket({ outputs: { bucketName: 'x' } }, { rollback: 'previous' }),
      broker(),
      gateway({ ready: false }),
    ),
    then: { ...back, calls: ['rollback gateway 1'] },
  },
  {
    says: 'a migration that fails takes back what was applied before it, and is named: what it has done is not undone',
    before: [wish('1.0.0', ...usual, migrate('one'))],
    wants: wish('1.1.0', bucket(), changed, gateway(), migrate('two', 'fails', { dependsOn: ['broker'] })),
    then: {
      ...back,
      calls: ['upgrade broker', 'rollback broker 1'],
      says: ['Ready False PartiallyRolledBack', 'Stalled True PartiallyRolledBack'],
    },
  },
  {
    says: 'a migration that has run stays run when what follows it fails',
    before: [wish('1.0.0', migrate('one'), broker())],
    wants: wish('1.1.0', migrate('two'), broker({ fails: true }, { dependsOn: ['migrate'] })),
    then: {
      ends: 'done',
      inForce: '1.0.0',
      there: ['broker'],
      denied: ['1.1.0'],
      says: ['Ready False PartiallyRolledBack', 'Stalled True PartiallyRolledBack'],
    },
  },
  {
    says: 'manifests go back to what they were',
    before: [wish('1.0.0', settings({ a: '1' }), ...usual)],
    wants: wish('1.1.0', settings({ a: '2' }), bucket(), broker({ fails: true }), gateway()),
    then: back,
  },
  {
    says: 'what failed is not tried again unasked',
    real: true,
    before: [v1, wish('1.1.0', bucket(), changed, gateway({ ready: false }))],
    wants: wish('1.1.0', bucket(), changed, gateway({ ready: false })),
    then: { ...back, never: ['upgrade broker', 'upgrade gateway', 'rollback gateway 1'] },
  },
  {
    says: 'what failed is tried again with other inputs, and fails again',
    before: [v1, wish('1.1.0', bucket(), broker({ fails: true }), gateway())],
    wants: { ...wish('1.1.0', bucket(), broker({ fails: true }), gateway()), inputs: { x: 1 } },
    then: { ends: 'done', calls: ['upgrade broker'], inForce: '1.0.0', there, denied: ['1.1.0', '1.1.0'] },
  },
  {
    says: 'a later release goes through after one that failed',
    before: [v1, wish('1.1.0', bucket(), broker({ fails: true }), gateway())],
    wants: wish('1.2.0', bucket(), broker({ deployments: ['b3'] }), gateway()),
    then: { ends: 'done', calls: ['upgrade broker'], inForce: '1.2.0', there: ['b3', 'gateway'], denied: ['1.1.0'] },
  },
  {
    says: 'a runner killed while it went back goes on back, although the release is still wanted',
    real: true,
    before: [v1],
    meanwhile: [{ kills: 'helm-rollback', on: wish('1.1.0', bucket(), changed, gateway({ ready: false })) }],
    wants: wish('1.1.0', bucket(), changed, gateway({ ready: false })),
    then: back,
  },
  {
    says: 'a newer release wanted while it went back is gone to from there',
    before: [v1],
    meanwhile: [{ kills: 'helm-rollback', on: wish('1.1.0', bucket(), changed, gateway({ ready: false })) }],
    wants: wish('1.2.0', bucket(), broker({ deployments: ['b3'] }), gateway({ deployments: ['g3'] })),
    then: { ends: 'done', inForce: '1.2.0', there: ['b3', 'g3'], denied: ['1.1.0'] },
  },
  {
    says: 'a component with `hold` that fails goes nowhere, and the others stay as far as they have come',
    real: true,
    before: [v1],
    wants: wish('1.1.0', bucket(), changed, gateway({ fails: true }, { onFailure: 'hold' })),
    then: {
      ends: 'Held',
      never: ['rollback broker 1', 'rollback gateway 1'],
      inForce: '1.0.0',
      there: ['broker', 'broker2', 'gateway'],
      denied: [],
      says: ['Ready False Held', 'Stalled True Held'],
      waitsFor: /approvals/,
    },
  },
  {
    says: 'a component beside one with `hold` that fails itself goes back',
    before: [v1],
    wants: wish(
      '1.1.0',
      bucket(),
      broker({ fails: true }),
      gateway({ deployments: ['gateway2'] }, { onFailure: 'hold' }),
    ),
    then: back,
  },
  {
    says: 'a held release goes back when the last good one is wanted',
    before: [v1, wish('1.1.0', bucket(), changed, gateway({ fails: true }, { onFailure: 'hold' }))],
    wants: v1,
    then: { ends: 'done', calls: ['rollback broker 1'], inForce: '1.0.0', there },
  },
  {
    says: 'a held release goes on with the next one',
    before: [v1, wish('1.1.0', bucket(), changed, gateway({ fails: true }, { onFailure: 'hold' }))],
    wants: v2,
    then: { ends: 'done', inForce: '1.1.0', there: ['broker', 'broker2', 'gateway2'] },
  },
];
