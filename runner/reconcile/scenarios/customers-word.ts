import { broker, bucket, chart, gateway, usual, v1, v2, wish } from './product.ts';
import type { Scenario } from './scenario.ts';

const there = ['broker', 'gateway'];
const tuesday = { days: ['Tue' as const], start: '02:00', end: '04:00', timeZone: 'Europe/Berlin' };
const now = { days: ['Mon' as const], start: '09:00', end: '18:00', timeZone: 'UTC' };

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
/** Closed, whenever it is played. */
const twoDaysAfter = (date: Date) => {
  const day = days[(date.getUTCDay() + 2) % days.length] ?? 'Mon';
  return { days: [day], start: '02:00', end: '04:00', timeZone: 'UTC' };
};

/** On fakes it is Monday, 10:00 UTC. */
export const customersWord: Scenario[] = [
  {
    says: 'a paused runner changes nothing',
    real: true,
    before: [v1],
    policy: { paused: true },
    wants: v2,
    then: { ends: 'Paused', never: ['upgrade broker'], inForce: '1.0.0', there },
  },
  {
    says: 'a paused runner puts nothing back',
    before: [v1],
    meanwhile: [{ deletes: 'Deployment', name: 'gateway' }],
    policy: { paused: true },
    wants: v1,
    then: { ends: 'Paused', inForce: '1.0.0', there: ['broker'] },
  },
  {
    says: 'a paused runner installs nothing',
    policy: { paused: true },
    wants: v1,
    then: { ends: 'Paused', never: ['upgrade broker'], inForce: null, there: [] },
  },
  {
    says: 'a closed window makes a release wait',
    real: true,
    before: [v1],
    policy: (now) => ({ windows: [twoDaysAfter(now)] }),
    wants: v2,
    then: { ends: 'MaintenanceWindow', never: ['upgrade broker'], inForce: '1.0.0', there },
  },
  {
    says: 'a closed window makes the first install wait',
    policy: { windows: [tuesday] },
    wants: v1,
    then: { ends: 'MaintenanceWindow', inForce: null, there: [] },
  },
  {
    says: 'an open window lets it begin',
    before: [v1],
    policy: { windows: [now] },
    wants: v2,
    then: { ends: 'done', inForce: '1.1.0' },
  },
  {
    says: 'a closed window does not keep what was deleted from being put back',
    before: [v1],
    meanwhile: [{ deletes: 'Deployment', name: 'gateway' }],
    policy: { windows: [tuesday] },
    wants: v2,
    then: { ends: 'MaintenanceWindow', inForce: '1.0.0', there },
  },
  {
    says: 'a window that closes half-way does not stop what has begun',
    before: [v1],
    meanwhile: [{ kills: 'helm-upgrade', on: v2 }],
    policy: { windows: [tuesday] },
    wants: v2,
    then: { ends: 'done', inForce: '1.1.0', there: ['broker', 'broker2', 'gateway2'] },
  },
  {
    says: 'a way back that has begun outside of a window is gone to its end',
    before: [v1],
    meanwhile: [
      {
        kills: 'helm-rollback',
        on: wish('1.1.0', bucket(), broker({ deployments: ['b2'] }), gateway({ ready: false })),
      },
    ],
    policy: { windows: [tuesday] },
    wants: wish('1.1.0', bucket(), broker({ deployments: ['b2'] }), gateway({ ready: false })),
    then: { ends: 'done', inForce: '1.0.0', there, denied: ['1.1.0'] },
  },
  {
    says: 'a release that they decide about waits for them, and what runs is kept',
    before: [v1],
    policy: { upgrades: 'customer' },
    wants: v2,
    then: { ends: 'CustomerDecides', never: ['upgrade broker'], inForce: '1.0.0', there },
  },
  {
    says: 'a release that they approve by what the runner has written down goes through',
    real: true,
    before: [v1],
    policy: { upgrades: 'customer' },
    wants: v2,
    approved: true,
    then: {
      ends: 'done',
      calls: ['upgrade broker', 'upgrade gateway'],
      inForce: '1.1.0',
      there: ['broker', 'broker2', 'gateway2'],
    },
  },
  {
    says: 'a kind that is not allowed refuses the release before anything is touched',
    before: [wish('1.0.0', chart('web'))],
    policy: { allowedKinds: ['helm'] },
    wants: v2,
    then: { ends: 'KindNotAllowed', never: ['apply', 'upgrade broker'], inForce: '1.0.0', there: ['web'] },
  },
  {
    says: 'a registry that is not allowed refuses the release',
    before: [v1],
    policy: { allowedRegistries: ['elsewhere.test'] },
    wants: v2,
    then: { ends: 'RegistryNotAllowed', never: ['upgrade broker'], inForce: '1.0.0', there },
  },
  {
    says: 'a refusal does not keep what was deleted from being put back',
    before: [v1],
    meanwhile: [{ deletes: 'Deployment', name: 'broker' }],
    policy: { allowedKinds: ['terraform'] },
    wants: v2,
    then: { ends: 'KindNotAllowed', inForce: '1.0.0', there },
  },
  {
    says: 'a time zone that nobody knows refuses rather than guesses',
    before: [v1],
    policy: { windows: [{ ...tuesday, timeZone: 'Mars/Olympus' }] },
    wants: v2,
    then: { ends: 'PolicyUnusable', inForce: '1.0.0', there },
  },
  {
    says: 'one component at a time is enough to reach the end',
    before: [v1],
    policy: { maxDisruption: 1 },
    wants: wish('2.0.0', ...usual, chart('a'), chart('b'), chart('c')),
    then: { ends: 'done', inForce: '2.0.0', there: ['a', 'b', 'broker', 'c', 'gateway'] },
  },
];
