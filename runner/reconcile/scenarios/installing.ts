import { bucket, broker, chart, gateway, migrate, settings, usual, v1, wish } from './product.ts';
import type { Scenario } from './scenario.ts';

const all = ['broker', 'gateway'];

export const installing: Scenario[] = [
  {
    says: 'nothing that is wanted is nothing that is done',
    then: { ends: 'done', inForce: null, there: [], says: ['Ready False NotInstalled'] },
  },
  {
    says: 'every component is installed after what it depends on',
    real: true,
    wants: v1,
    then: {
      releases: { broker: 'deployed', gateway: 'deployed' },
      outputs: { bucket: { bucketName: 'events' } },
      ends: 'done',
      calls: ['upgrade broker', 'upgrade gateway'],
      inForce: '1.0.0',
      there: all,
      says: ['Ready True Applied'],
    },
  },
  {
    says: 'the order in the release does not matter, only what depends on what',
    wants: wish('1.0.0', gateway(), broker(), bucket()),
    then: { ends: 'done', calls: ['upgrade broker', 'upgrade gateway'], inForce: '1.0.0', there: all },
  },
  {
    says: 'a chart that fails is told, and there is nothing to go back to',
    wants: wish('1.0.0', broker({ fails: true })),
    then: {
      ends: 'InstallFailed',
      inForce: null,
      there: [],
      denied: ['1.0.0'],
      says: ['Ready False InstallFailed', 'Stalled True InstallFailed'],
    },
  },
  {
    says: 'a chart that never gets healthy stays, and is told',
    wants: wish('1.0.0', broker({ ready: false })),
    then: { ends: 'InstallFailed', inForce: null, there: ['broker'], denied: ['1.0.0'] },
  },
  {
    says: 'what depends on a component that fails is never begun',
    wants: wish('1.0.0', bucket(), broker({ fails: true }), gateway()),
    then: { ends: 'InstallFailed', never: ['upgrade gateway'], inForce: null, there: [], denied: ['1.0.0'] },
  },
  {
    says: 'a module that fails is told by what the cloud said',
    wants: wish('1.0.0', bucket({ fails: true }), broker(), gateway()),
    then: {
      ends: 'InstallFailed',
      never: ['upgrade gateway'],
      inForce: null,
      denied: ['1.0.0'],
      waitsFor: /InvalidParameter/,
    },
  },
  {
    says: 'a plan that would destroy a data store is refused before it is applied',
    wants: wish('1.0.0', bucket({ deletes: 'aws_db_instance' })),
    then: { ends: 'InstallFailed', never: ['apply'], inForce: null, denied: ['1.0.0'], waitsFor: /LF-RUNNER-010/ },
  },
  {
    says: 'a migration runs before what depends on it',
    real: true,
    wants: wish('1.0.0', migrate('one'), chart('web', {}, { dependsOn: ['migrate'] })),
    then: { ran: ['one'], releases: { web: 'deployed' }, ends: 'done', inForce: '1.0.0', there: ['web'] },
  },
  {
    says: 'a migration that fails keeps what depends on it from beginning',
    wants: wish('1.0.0', migrate('one', 'fails'), chart('web', {}, { dependsOn: ['migrate'] })),
    then: {
      ends: 'InstallFailed',
      never: ['upgrade web'],
      inForce: null,
      there: [],
      denied: ['1.0.0'],
      waitsFor: /has failed/,
    },
  },
  {
    says: 'a migration that does not end in its time is a failure',
    wants: wish('1.0.0', migrate('one', 'hangs', { settings: { timeoutSeconds: 20 } })),
    then: { ends: 'InstallFailed', inForce: null, denied: ['1.0.0'], waitsFor: /did not end in its time/ },
  },
  {
    says: 'objects of manifests are applied with the rest',
    wants: wish('1.0.0', settings({ a: '1' }), broker()),
    then: { ends: 'done', inForce: '1.0.0', there: ['broker'] },
  },
  {
    says: 'an output that no component gives fails the release',
    wants: wish('1.0.0', chart('web', {}, { values: { x: '${components.nope.outputs.x}' } })),
    then: {
      ends: 'InstallFailed',
      never: ['upgrade web'],
      inForce: null,
      denied: ['1.0.0'],
      waitsFor: /names nothing/,
    },
  },
  {
    says: 'components that depend on each other in a circle fail the release',
    wants: wish('1.0.0', chart('a', {}, { dependsOn: ['b'] }), chart('b', {}, { dependsOn: ['a'] })),
    then: {
      ends: 'InstallFailed',
      never: ['upgrade a', 'upgrade b'],
      inForce: null,
      denied: ['1.0.0'],
      waitsFor: /circle/,
    },
  },
  {
    says: 'a dependency that is not in the release fails it',
    wants: wish('1.0.0', chart('a', {}, { dependsOn: ['b'] })),
    then: { ends: 'InstallFailed', inForce: null, denied: ['1.0.0'], waitsFor: /not in the release/ },
  },
  {
    says: 'a secret that is not there is waited for, and nothing of its component is applied before',
    wants: {
      ...wish('1.0.0', chart('web', {}, { values: { s: '${secrets.token.name}' } })),
      secrets: { token: { store: 'kubernetes', namespace: 'shop', name: 'web', key: 'token' } },
    },
    then: {
      ends: 'SecretMissing',
      never: ['upgrade web'],
      inForce: null,
      there: [],
      denied: [],
      waitsFor: /shop\/web/,
    },
  },
  {
    says: 'a component with `hold` that fails holds the install where it is',
    wants: wish('1.0.0', bucket(), broker({ fails: true }, { onFailure: 'hold' }), gateway()),
    then: {
      ends: 'Held',
      never: ['upgrade gateway'],
      inForce: null,
      denied: [],
      says: ['Ready False Held', 'Stalled True Held'],
    },
  },
  {
    says: 'the next release after a failed install is tried',
    before: [wish('1.0.0', broker({ fails: true }))],
    wants: wish('1.0.1', broker()),
    then: { ends: 'done', calls: ['upgrade broker'], inForce: '1.0.1', there: ['broker'], denied: ['1.0.0'] },
  },
  {
    says: 'a failed install is not tried again unasked',
    before: [wish('1.0.0', broker({ fails: true }))],
    wants: wish('1.0.0', broker({ fails: true })),
    then: { ends: 'InstallFailed', never: ['upgrade broker'], inForce: null, denied: ['1.0.0'] },
  },
  {
    says: 'a failed install is tried again with other inputs',
    before: [wish('1.0.0', broker({ fails: true }))],
    wants: { ...wish('1.0.0', broker({ fails: true })), inputs: { replicas: 3 } },
    then: { ends: 'InstallFailed', calls: ['upgrade broker'], inForce: null, denied: ['1.0.0', '1.0.0'] },
  },
  {
    says: 'a runner killed in the middle of the first install goes on to its end',
    real: true,
    meanwhile: [{ kills: 'terraform-apply', on: v1 }],
    wants: v1,
    then: {
      releases: { broker: 'deployed', gateway: 'deployed' },
      outputs: { bucket: { bucketName: 'events' } },
      ends: 'done',
      calls: ['force-unlock', 'apply'],
      inForce: '1.0.0',
      there: all,
    },
  },
  {
    says: 'a runner killed in the middle of the first install of a chart goes on to its end, install hooks and all',
    real: true,
    meanwhile: [{ kills: 'helm-install', on: wish('1.0.0', broker({ installHook: 'seeded' })) }],
    wants: wish('1.0.0', broker({ installHook: 'seeded' })),
    then: {
      releases: { broker: 'deployed' },
      configs: { seeded: { made: 'by a hook' } },
      ends: 'done',
      inForce: '1.0.0',
      there: ['broker'],
    },
  },
  {
    says: 'the install hooks run with the next release where the first install has failed',
    before: [wish('1.0.0', broker({ fails: true, installHook: 'seeded' }))],
    wants: wish('1.0.1', broker({ installHook: 'seeded' })),
    then: {
      configs: { seeded: { made: 'by a hook' } },
      ends: 'done',
      inForce: '1.0.1',
      there: ['broker'],
      denied: ['1.0.0'],
    },
  },
  {
    says: 'another release wanted after a kill in the middle of the first takes over',
    meanwhile: [{ kills: 'terraform-apply', on: v1 }],
    wants: wish('1.0.1', ...usual, chart('more')),
    then: { ends: 'done', inForce: '1.0.1', there: ['broker', 'gateway', 'more'] },
  },
];
