import { describe, expect, it } from 'vitest';
import type { TofuResourceChange } from '../../engines/index.ts';
import { type BaseFacts, forbiddenVersionMove, nextBaseStep, strayGroups } from './next-step.ts';
import { changeOf, clusterTo, nodeGroup } from './testing/plan-of.ts';

const facts = (changes: TofuResourceChange[], more: Partial<BaseFacts> = {}): BaseFacts => ({
  updates: [],
  changes,
  changed: changes.length > 0,
  ownGroup: 'general',
  groups: ['general', 'large'],
  hasMoved: false,
  ...more,
});
const general = 'aws_eks_node_group.nodes["general"]';
const large = 'aws_eks_node_group.nodes["large"]';
const template = changeOf('aws_launch_template', ['update'], { address: 'aws_launch_template.nodes["large"]' });
const coredns = changeOf('aws_eks_addon', ['update'], { address: 'aws_eks_addon.addon-on-nodes["coredns"]' });
const endpoint = changeOf('aws_vpc_endpoint', ['create'], { address: 'aws_vpc_endpoint.endpoint["eks"]' });
const oldGroup = nodeGroup('old', ['delete']);

describe('the next step of an upgrade of the base layer', () => {
  it.each<[string, BaseFacts, object]>([
    ['nothing is to do', facts([]), { kind: 'done' }],
    ['only an output changes', facts([], { changed: true }), { kind: 'apply-all' }],
    [
      'AWS is carrying out an update',
      facts([clusterTo('1.35')], { updates: ['cluster lf-acme is UPDATING', 'x'] }),
      { kind: 'wait', message: 'cluster lf-acme is UPDATING; x' },
    ],
    ['no node group is touched', facts([clusterTo('1.35'), coredns, endpoint]), { kind: 'apply-all' }],
    [
      'all changes at once: control plane and network come first',
      facts([nodeGroup('general'), nodeGroup('large'), template, coredns, endpoint, clusterTo('1.35'), oldGroup]),
      {
        kind: 'apply-targets',
        targets: ['aws_eks_cluster.cluster[0]', 'aws_vpc_endpoint.endpoint["eks"]'],
        nodeGroup: null,
      },
    ],
    [
      'a new group comes before the others are exchanged',
      facts([nodeGroup('extra', ['create']), nodeGroup('large')]),
      { kind: 'apply-targets', targets: ['aws_eks_node_group.nodes["extra"]'], nodeGroup: null },
    ],
    [
      'the control plane is done: the group without the runner is next',
      facts([nodeGroup('general'), nodeGroup('large'), template, coredns]),
      { kind: 'apply-targets', targets: [large], nodeGroup: large },
    ],
    [
      'only the own group is left, and there is another: the runner goes there',
      facts([nodeGroup('general'), coredns]),
      { kind: 'move-away', from: 'general' },
    ],
    [
      'the runner has moved: its old group is next',
      facts([nodeGroup('general'), coredns], { ownGroup: 'large', hasMoved: true }),
      { kind: 'apply-targets', targets: [general], nodeGroup: general },
    ],
    [
      'it could not move: it does not try a second time',
      facts([nodeGroup('general')], { hasMoved: true }),
      { kind: 'apply-targets', targets: [general], nodeGroup: general },
    ],
    [
      'there is only one group',
      facts([nodeGroup('general')], { groups: ['general'] }),
      { kind: 'apply-targets', targets: [general], nodeGroup: general },
    ],
    [
      'it is not known where the runner runs: one after the other all the same',
      facts([nodeGroup('general'), nodeGroup('large')], { ownGroup: null }),
      { kind: 'apply-targets', targets: [general], nodeGroup: general },
    ],
    ['the nodes are done: add-ons, and groups that go', facts([coredns, oldGroup]), { kind: 'apply-all' }],
  ])('when %s', (_name, given, step) => {
    expect(nextBaseStep(given)).toMatchObject(step);
  });

  it('never changes two node groups in one step, nor the one the runner is on while another is left', () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const own of names) {
      let rest = names.map((name) => nodeGroup(name));
      let ownGroup = own;
      let hasMoved = false;
      const order: string[] = [];
      for (let round = 0; round < 12; round++) {
        const step = nextBaseStep(facts(rest, { ownGroup, hasMoved, groups: names }));
        if (step.kind === 'done') break;
        if (step.kind === 'move-away') {
          hasMoved = true;
          ownGroup = names.find((name) => name !== step.from) ?? own;
          continue;
        }
        if (step.kind !== 'apply-targets') throw new Error(step.kind);
        expect(step.targets).toHaveLength(1);
        expect(step.nodeGroup).not.toContain(`"${ownGroup}"`);
        order.push(step.targets[0] ?? '');
        rest = rest.filter((change) => change.address !== step.nodeGroup);
      }
      expect(rest).toEqual([]);
      expect(order.at(-1)).toContain(`"${own}"`);
    }
  });

  it('names groups that a step would drag in', () => {
    const step = nextBaseStep(facts([nodeGroup('general'), nodeGroup('large')]));
    if (step.kind !== 'apply-targets') throw new Error(step.kind);
    expect(strayGroups(step, [nodeGroup('large'), template])).toEqual([]);
    expect(strayGroups(step, [nodeGroup('large'), nodeGroup('general')])).toEqual([general]);
  });
});

describe("the cluster's version", () => {
  it.each([
    ['1.35', null],
    ['1.34', null],
    ['1.36', { from: '1.34', to: '1.36' }],
    ['1.33', { from: '1.34', to: '1.33' }],
    ['2.0', { from: '1.34', to: '2.0' }],
  ])('1.34 -> %s', (to, refused) => {
    expect(forbiddenVersionMove([clusterTo(to)])).toEqual(refused);
  });
});
