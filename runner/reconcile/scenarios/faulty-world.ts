import { broker, settings, v1, v2, wish } from './product.ts';
import type { Scenario } from './scenario.ts';

const there = ['broker', 'broker2', 'gateway2'];
const reached = { ends: 'done', inForce: '1.1.0', there, denied: [] };
const upgrade = { before: [v1], wants: v2 };
const withSettings = {
  before: [wish('1.0.0', settings({ a: '1' }), broker())],
  wants: wish('1.1.0', settings({ a: '2' }), broker()),
};
const oneMore = {
  before: [wish('1.0.0', settings({ a: '1' }), broker())],
  wants: wish('1.1.0', settings({ a: '1' }, {}, 'more'), broker()),
};

export const faultyWorld: Scenario[] = [
  {
    says: 'an API server that is away for a while delays an upgrade and denies nothing',
    real: true,
    ...upgrade,
    fault: { what: 'the API server does not answer', after: 25, times: 3 },
    then: reached,
  },
  {
    says: 'an API server that stays away is waited for',
    ...upgrade,
    fault: { what: 'the API server does not answer', after: 12 },
    then: { ends: 'ApiServerUnavailable', inForce: '1.0.0', denied: [] },
  },
  {
    says: 'an API server away from the first call on is waited for',
    ...upgrade,
    fault: { what: 'the API server does not answer', times: 4 },
    then: reached,
  },
  {
    says: 'an API server that restarts in the middle of the first install delays it',
    real: true,
    wants: v1,
    fault: { what: 'the API server restarts', after: 30, times: 6 },
    then: { ends: 'done', inForce: '1.0.0', there: ['broker', 'gateway'] },
  },
  {
    says: 'throttling is waited out',
    real: true,
    ...upgrade,
    fault: { what: 'the API server throttles', after: 20, times: 5 },
    then: reached,
  },
  {
    says: 'throttling that goes on denies nothing',
    ...upgrade,
    fault: { what: 'the API server throttles', after: 20 },
    then: { ends: 'ApiServerUnavailable', inForce: '1.0.0', denied: [] },
  },
  {
    says: 'a conflict while objects are written is written again',
    real: true,
    ...withSettings,
    fault: { what: 'writes conflict', times: 2, of: 'ConfigMap' },
    then: { ends: 'done', inForce: '1.1.0', denied: [] },
  },
  {
    says: 'conflicts that go on deny nothing',
    ...withSettings,
    fault: { what: 'writes conflict', of: 'ConfigMap' },
    then: { ends: 'ApiServerUnavailable', inForce: '1.0.0', denied: [] },
  },
  {
    says: 'a webhook that fails for a while delays an upgrade',
    real: true,
    ...withSettings,
    fault: { what: 'a webhook fails', times: 2, of: 'ConfigMap' },
    then: { ends: 'done', inForce: '1.1.0', denied: [] },
  },
  {
    says: 'a webhook that keeps failing is waited for: it is not the release that is at fault',
    ...withSettings,
    fault: { what: 'a webhook fails', of: 'ConfigMap' },
    then: { ends: 'WebhookUnavailable', inForce: '1.0.0', denied: [] },
  },
  {
    says: 'an object that a webhook refuses takes the release back',
    ...withSettings,
    fault: { what: 'a webhook refuses', of: 'ConfigMap', holding: '{"a":"2"}' },
    real: true,
    then: {
      ends: 'done',
      inForce: '1.0.0',
      denied: ['1.1.0'],
      deniedFor: /denied the request: the customer does not want this/,
      configs: { settings: { a: '1' } },
      says: ['Ready True Applied', 'Stalled True ReleaseDenied'],
    },
  },
  {
    says: 'a webhook that refuses the way back as well is told, and what runs is left',
    ...withSettings,
    fault: { what: 'a webhook refuses', of: 'ConfigMap' },
    then: {
      ends: 'ApplyFailed',
      inForce: '1.0.0',
      denied: ['1.1.0'],
      configs: { settings: { a: '1' } },
      says: ['Ready False RollbackFailed', 'Stalled True RollbackFailed'],
    },
  },
  {
    says: 'an object for which a quota leaves no room is waited for, and its release is blamed for nothing',
    ...oneMore,
    fault: { what: 'a quota is exceeded', of: 'ConfigMap' },
    passes: 2,
    then: { ends: 'QuotaExceeded', inForce: '1.0.0', denied: [], configs: { settings: { a: '1' }, more: null } },
  },
  {
    says: 'an object for which somebody then makes room in a quota lets the release go on',
    real: true,
    ...oneMore,
    fault: { what: 'a quota is exceeded', of: 'ConfigMap', times: 1 },
    then: { ends: 'done', inForce: '1.1.0', configs: { settings: { a: '1' }, more: { a: '1' } } },
  },
  {
    says: 'a store that cannot be written keeps anything from being begun',
    ...upgrade,
    fault: { what: 'the store cannot be written', after: 1 },
    passes: 2,
    then: { ends: 'ApiServerUnavailable', inForce: '1.0.0', there: ['broker', 'gateway'], denied: [] },
  },
  {
    says: 'a store that cannot be written for a while delays an upgrade',
    ...upgrade,
    fault: { what: 'the store cannot be written', after: 9, times: 3 },
    then: reached,
  },
  {
    says: 'a registry that is away delays a release, and what runs is kept',
    real: true,
    ...upgrade,
    fault: { what: 'the registry is away' },
    passes: 2,
    then: { ends: 'RegistryUnavailable', inForce: '1.0.0', there: ['broker', 'gateway'], denied: [] },
  },
  {
    says: 'a registry that comes back lets it go on',
    real: true,
    ...upgrade,
    fault: { what: 'the registry is away', times: 2 },
    then: reached,
  },
  {
    says: 'a registry that is away at the first install is waited for',
    wants: v1,
    fault: { what: 'the registry is away' },
    then: { ends: 'RegistryUnavailable', inForce: null, there: [], denied: [] },
  },
  {
    says: 'what runs is kept while an API server is slow to come back, without an engine',
    before: [v1],
    wants: v1,
    fault: { what: 'the API server does not answer', times: 6 },
    then: { ends: 'done', never: ['upgrade broker'], inForce: '1.0.0', there: ['broker', 'gateway'] },
  },
];
