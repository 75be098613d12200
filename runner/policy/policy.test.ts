import { describe, expect, it } from 'vitest';
import { runnerPolicySchema, sha256 } from '../../contract/index.ts';
import type { ChangeAsked, ComponentAsked } from './change.ts';
import { judge, requestForbidden } from './index.ts';

const now = new Date('2026-01-05T10:00:00Z'); // a Monday
const shop: ComponentAsked = { name: 'shop', kind: 'helm', namespaces: ['shop'] };
const database: ComponentAsked = { name: 'database', kind: 'terraform', namespaces: [] };
const rules: ComponentAsked = { name: 'rules', kind: 'manifests', namespaces: ['shop', 'shop-rules'] };
const to = { version: '1.3.0', digest: sha256('1.3.0'), inputsDigest: sha256('inputs') };
const upgrade: ChangeAsked = {
  verb: 'upgrade',
  step: 'minor',
  from: '1.2.0',
  to,
  components: [shop, database, rules],
  changed: [shop],
  removed: [],
  registry: 'vendor.test',
  pinnedRegistry: 'vendor.test',
};
const install = { verb: 'install', step: null, from: null, changed: [shop, database, rules] } as const;
const approvals = [{ releaseDigest: to.digest, inputsDigest: to.inputsDigest }];
const night = { days: ['Tue'], start: '02:00', end: '03:00', timeZone: 'UTC' };
const today = { from: '2026-01-05', to: '2026-01-05', timeZone: 'UTC', reason: 'stock-taking' };
const minorNeedsApproval = { approvalRequired: { upgrades: 'minor' } };
const mars = { days: ['Mon'], start: '00:00', end: '23:59', timeZone: 'Mars/Olympus' };

describe('a change of release', () => {
  it.each<[string, object, Partial<ChangeAsked>, string]>([
    ['goes when nothing is limited', {}, {}, 'go'],
    ['is stopped by a pause', { paused: true }, {}, 'Paused'],
    ['is stopped by a pause before everything else', { paused: true, allowedKinds: [] }, {}, 'Paused'],
    ['is stopped by a pause although it is approved', { paused: true, approvals }, {}, 'Paused'],

    ['goes with kinds that are allowed', { allowedKinds: ['helm', 'terraform', 'manifests'] }, {}, 'go'],
    ['is refused with a kind that is not allowed', { allowedKinds: ['helm'] }, {}, 'KindNotAllowed'],
    ['is refused when no kind is allowed', { allowedKinds: [] }, {}, 'KindNotAllowed'],
    ['is refused for a kind although it is approved', { allowedKinds: [], approvals }, {}, 'KindNotAllowed'],

    ['goes into namespaces that are named', { allowedNamespaces: ['shop', 'shop-rules'] }, {}, 'go'],
    ['goes into namespaces that fit a pattern', { allowedNamespaces: ['shop*'] }, {}, 'go'],
    ['is refused with one namespace outside', { allowedNamespaces: ['shop'] }, {}, 'NamespaceNotAllowed'],
    [
      'is refused when the pattern only fits the start',
      { allowedNamespaces: ['sho', '*-shop'] },
      {},
      'NamespaceNotAllowed',
    ],
    ['is refused when no namespace is allowed', { allowedNamespaces: [] }, {}, 'NamespaceNotAllowed'],
    ['goes without a namespace where none is allowed', { allowedNamespaces: [] }, { components: [database] }, 'go'],

    ['goes up when upgrades are allowed', { allowedVerbs: ['upgrade'] }, {}, 'go'],
    ['is refused when upgrades are not allowed', { allowedVerbs: ['install', 'rollback'] }, {}, 'VerbNotAllowed'],
    ['goes down when rollbacks are allowed', { allowedVerbs: ['rollback'] }, { verb: 'rollback' }, 'go'],
    ['is not let down as an upgrade', { allowedVerbs: ['upgrade'] }, { verb: 'rollback' }, 'VerbNotAllowed'],
    ['is installed when installing is allowed', { allowedVerbs: ['install'] }, install, 'go'],
    ['is not installed when only upgrades are allowed', { allowedVerbs: ['upgrade'] }, install, 'VerbNotAllowed'],
    [
      'may remove a component where uninstalling is allowed',
      { allowedVerbs: ['upgrade', 'uninstall'] },
      { removed: [database] },
      'go',
    ],
    [
      'may not remove a component where it is not',
      { allowedVerbs: ['upgrade'] },
      { removed: [database] },
      'VerbNotAllowed',
    ],

    ['is refused from another registry than the one pinned', {}, { registry: 'evil.test' }, 'RegistryNotAllowed'],
    [
      'goes from a registry that the customer names',
      { allowedRegistries: ['other.test'] },
      { registry: 'other.test' },
      'go',
    ],
    [
      'is refused from the pinned one when others are named',
      { allowedRegistries: ['other.test'] },
      {},
      'RegistryNotAllowed',
    ],

    ['waits where the customer decides', { upgrades: 'customer' }, {}, 'CustomerDecides'],
    ['waits there with new inputs alone', { upgrades: 'customer' }, { step: 'inputs' }, 'CustomerDecides'],
    ['waits there on its way down too', { upgrades: 'customer' }, { verb: 'rollback' }, 'CustomerDecides'],
    ['goes there once it is approved', { upgrades: 'customer', approvals }, {}, 'go'],
    [
      'waits there when another release is approved',
      { upgrades: 'customer', approvals: [{ ...approvals[0], releaseDigest: sha256('1.3.0!') }] },
      {},
      'CustomerDecides',
    ],
    [
      'waits there when it is approved with other inputs',
      { upgrades: 'customer', approvals: [{ ...approvals[0], inputsDigest: sha256('other') }] },
      {},
      'CustomerDecides',
    ],
    [
      'is not let go by the approval of a plan',
      { upgrades: 'customer', approvals: [{ component: 'base', planDigest: to.digest }] },
      {},
      'CustomerDecides',
    ],
    ['is installed there: the customer did that', { upgrades: 'customer' }, install, 'go'],

    ['needs an approval when it is minor', minorNeedsApproval, {}, 'ApprovalNeeded'],
    ['needs an approval when it is more than minor', minorNeedsApproval, { step: 'major' }, 'ApprovalNeeded'],
    ['needs none when it is less than minor', minorNeedsApproval, { step: 'patch' }, 'go'],
    ['needs none when it is minor and major ones need it', { approvalRequired: { upgrades: 'major' } }, {}, 'go'],
    [
      'needs one as a patch when all do',
      { approvalRequired: { upgrades: 'all' } },
      { step: 'patch' },
      'ApprovalNeeded',
    ],
    [
      'needs one for new inputs when all do',
      { approvalRequired: { upgrades: 'all' } },
      { step: 'inputs' },
      'ApprovalNeeded',
    ],
    ['goes once it has its approval', { ...minorNeedsApproval, approvals }, {}, 'go'],
    ['needs one for a kind that it changes', { approvalRequired: { kinds: ['helm'] } }, {}, 'ApprovalNeeded'],
    ['needs none for a kind that it leaves as it is', { approvalRequired: { kinds: ['terraform'] } }, {}, 'go'],
    [
      'needs one for a kind that it removes',
      { approvalRequired: { kinds: ['terraform'] } },
      { removed: [database] },
      'ApprovalNeeded',
    ],
    [
      'needs one for a kind at the first install',
      { approvalRequired: { kinds: ['terraform'] } },
      install,
      'ApprovalNeeded',
    ],

    ['waits for the window', { windows: [night] }, {}, 'MaintenanceWindow 2026-01-06T02:00:00.000Z'],
    [
      'waits for the window although it is approved',
      { windows: [night], approvals, upgrades: 'customer' },
      {},
      'MaintenanceWindow 2026-01-06T02:00:00.000Z',
    ],
    ['asks before the window opens', { windows: [night], upgrades: 'customer' }, {}, 'CustomerDecides'],
    ['waits for the end of a freeze', { freezes: [today] }, {}, 'Freeze 2026-01-06T00:00:00.000Z'],
    [
      'waits for the window after a freeze',
      { freezes: [today], windows: [night] },
      {},
      'Freeze 2026-01-06T02:00:00.000Z',
    ],
    [
      'goes through the freeze of another day',
      { freezes: [{ ...today, from: '2026-01-06', to: '2026-01-06' }] },
      {},
      'go',
    ],
    ['is refused without a window for what it changes', { windows: [{ ...night, kinds: ['job'] }] }, {}, 'NoWindow'],
    ['is refused with a zone that nobody knows: closed, not open', { windows: [mars] }, {}, 'PolicyUnusable'],
    [
      'is refused with a freeze in a zone that nobody knows',
      { freezes: [{ ...today, timeZone: 'Mars/Olympus' }] },
      {},
      'PolicyUnusable',
    ],
  ])('%s', (_, policy, change, expected) => {
    const verdict = judge(runnerPolicySchema.parse(policy), { ...upgrade, ...change }, now);
    const reason = verdict.kind === 'go' ? 'go' : verdict.reason;
    expect(verdict.kind === 'wait' ? `${reason} ${verdict.until.toISOString()}` : reason).toBe(expected);
  });

  it('says what to approve, and why', () => {
    const verdict = judge(runnerPolicySchema.parse({ upgrades: 'customer' }), upgrade, now);
    expect(verdict).toMatchObject({
      kind: 'ask',
      details: { releaseDigest: to.digest, inputsDigest: to.inputsDigest },
    });
    expect(verdict.kind === 'ask' && verdict.message).toContain('1.2.0 -> 1.3.0 waits for the customer');
    expect(verdict.kind === 'ask' && verdict.message).toContain(to.digest);
  });

  it('is told the reason of a freeze and when it ends', () => {
    const verdict = judge(runnerPolicySchema.parse({ freezes: [today] }), upgrade, now);
    expect(verdict.kind === 'wait' && verdict.message).toBe(
      "the customer's policy has a freeze (stock-taking); it can begin at 2026-01-06T00:00:00.000Z",
    );
  });
});

describe('a request of the control plane', () => {
  it.each<[string, object, string, RegExp | null]>([
    ['to restart is carried out', {}, 'restart', null],
    ['to restart is refused in a pause', { paused: true }, 'restart', /paused/],
    [
      'to restart is refused where it is not allowed',
      { allowedVerbs: ['upgrade', 'action'] },
      'restart',
      /verb restart/,
    ],
    ['of any other verb is an action', { allowedVerbs: ['restart'] }, 'reindex', /verb action/],
    ['is refused in a freeze', { freezes: [today] }, 'restart', /freeze/],
    ['is no change of release: windows do not count', { windows: [night] }, 'restart', null],
    [
      'is refused with a zone that nobody knows',
      { freezes: [{ ...today, timeZone: 'Mars/Olympus' }] },
      'restart',
      /zone/,
    ],
  ])('%s', (_, policy, verb, expected) => {
    const why = requestForbidden(runnerPolicySchema.parse(policy), verb, now);
    if (expected === null) expect(why).toBeNull();
    else expect(why).toMatch(expected);
  });
});
