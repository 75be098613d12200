import { chart, settings, usual, v1, v2, wish } from './product.ts';
import type { Scenario } from './scenario.ts';

const there = ['broker', 'gateway'];
const kept = { ends: 'done', inForce: '1.0.0', there, says: ['Ready True Applied'] };

export const keeping: Scenario[] = [
  {
    says: 'nothing is done while nothing has changed',
    before: [v1],
    wants: v1,
    then: { ...kept, never: ['upgrade broker', 'upgrade gateway', 'plan'] },
  },
  {
    says: 'a Deployment that was deleted is put back without an engine',
    real: true,
    before: [v1],
    meanwhile: [{ deletes: 'Deployment', name: 'gateway' }],
    wants: v1,
    then: { ...kept, never: ['upgrade gateway'] },
  },
  {
    says: 'a chart that somebody uninstalled is installed again',
    real: true,
    before: [v1],
    meanwhile: [{ uninstalls: 'broker' }],
    wants: v1,
    then: { ...kept, calls: ['upgrade broker'] },
  },
  {
    says: 'everything that was uninstalled comes back',
    before: [v1],
    meanwhile: [{ uninstalls: 'gateway' }, { uninstalls: 'broker' }],
    wants: v1,
    then: { ...kept, calls: ['upgrade broker'] },
  },
  {
    says: 'a chart left pending by a dead process is unlocked and applied again',
    before: [v1],
    meanwhile: [{ leavesPending: 'gateway' }],
    wants: v1,
    then: { ...kept, calls: ['upgrade gateway'] },
  },
  {
    says: 'an object of manifests that was deleted is put back',
    before: [wish('1.0.0', settings({ a: '1' }), ...usual)],
    meanwhile: [{ deletes: 'ConfigMap', name: 'settings' }],
    wants: wish('1.0.0', settings({ a: '1' }), ...usual),
    then: kept,
  },
  {
    says: 'a field of manifests that was edited is put back',
    real: true,
    before: [wish('1.0.0', settings({ a: '1' }), ...usual)],
    meanwhile: [{ edits: 'settings', data: { a: 'mine' } }],
    wants: wish('1.0.0', settings({ a: '1' }), ...usual),
    then: kept,
  },
  {
    says: 'what is only watched for drift is left, and told',
    before: [wish('1.0.0', settings({ a: '1' }, { settings: { drift: 'warn' } }), ...usual)],
    meanwhile: [{ edits: 'settings', data: { a: 'mine' } }],
    wants: wish('1.0.0', settings({ a: '1' }, { settings: { drift: 'warn' } }), ...usual),
    then: kept,
  },
  {
    says: 'what is wanted and was deleted comes back while a newer release cannot be mirrored',
    before: [v1],
    meanwhile: [{ deletes: 'Deployment', name: 'gateway' }],
    fault: { what: 'the registry is away' },
    wants: v2,
    then: { ends: 'RegistryUnavailable', inForce: '1.0.0', there },
  },
  {
    says: 'what runs goes on when nothing is wanted of the install any more',
    before: [v1],
    then: { ends: 'done', never: ['uninstall broker', 'uninstall gateway'], inForce: '1.0.0', there },
  },
  {
    says: 'what is not of the release is left alone',
    before: [wish('1.0.0', chart('web'))],
    meanwhile: [{ deletes: 'ConfigMap', name: 'theirs' }],
    wants: wish('1.0.0', chart('web')),
    then: { ends: 'done', never: ['upgrade web'], inForce: '1.0.0', there: ['web'] },
  },
];
