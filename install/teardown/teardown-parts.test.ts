import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { doubtOf } from './product-states.ts';
import { isMadeByController, isOfEksItself } from './cluster-tags.ts';
import { openJournal } from './journal.ts';
import { elements, members, readXml, textOf } from './read-xml.ts';
import { parseKeep } from './request.ts';
import { rolesAmong } from './loosen-roles.ts';
import { isNamedAsOurs, isSame } from './scan-account.ts';
import { providersInState, stepOfBaseKind, thingsInState } from './state-things.ts';
import { otherInstall } from './whose-runner.ts';

describe('what is of another install', () => {
  const answering = (status: number, body = '') => ({ ask: () => Promise.resolve({ status, body }) });
  const runnerOf = (id: string, prefix = `lf-${id}`) => {
    const config = JSON.stringify({ install: { id, account: '123456789012', prefix } });
    return answering(200, JSON.stringify({ data: { 'config.json': config } }));
  };
  const role = 'arn:aws:iam::123456789012:role/lf-one-teardown';

  it('is the runner of another install in the same cluster, which stays', async () => {
    expect(await otherInstall(runnerOf('two'), role)).toBe('two');
    expect(await otherInstall(runnerOf('one', 'one'), role)).toBe('one');
  });

  it('is not our own runner, nor one that is gone', async () => {
    expect(await otherInstall(runnerOf('one'), role)).toBeUndefined();
    expect(await otherInstall(answering(404), role)).toBeUndefined();
  });

  it('is not told by an answer that is a refusal', async () => {
    await expect(otherInstall(answering(403), role)).rejects.toMatchObject({ code: 'LF-INSTALL-008' });
  });

  it.each<[string, boolean]>([
    ['lf-a-runner', true],
    ['lf-a-install-read', true],
    ['lf-a-bootstrap-starter', true],
    ['lf-a-b-runner', false],
    ['lf-a-b-boundary', false],
    ['lf-ab-runner', false],
  ])('is told from ours by its name: %s', (name, ours) => {
    expect(isNamedAsOurs(name, 'lf-a')).toBe(ours);
  });

  it('is a role that no state of ours holds: only those in the state lose their policies', () => {
    const things = [
      { kind: 'aws_iam_role', id: 'arn:aws:iam::123456789012:role/lf-one-runner' },
      { kind: 'aws_iam_policy', id: 'arn:aws:iam::123456789012:policy/lf-one-ended' },
    ];
    expect(rolesAmong(things)).toEqual(['lf-one-runner']);
  });
});

describe('what a controller of a cluster made', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['the cloud provider marks it as owned', { 'kubernetes.io/cluster/one': 'owned' }, true],
    [
      'it is only shared with the cluster, as the customer’s subnets are',
      { 'kubernetes.io/cluster/one': 'shared' },
      false,
    ],
    ['the load balancer controller marks it', { 'elbv2.k8s.aws/cluster': 'one' }, true],
    ['Auto Mode marks it', { 'eks:eks-cluster-name': 'one' }, true],
    ['the CNI marks it', { 'cluster.k8s.amazonaws.com/name': 'one' }, true],
    ['it is of another cluster whose name begins alike', { 'elbv2.k8s.aws/cluster': 'one-more' }, false],
    ['it bears another owner’s mark', { 'kubernetes.io/cluster/one-more': 'owned' }, false],
    ['it bears our own tag alone', { 'landfall:install': 'one' }, false],
  ])('is known when %s', (_what, tags, expected) => {
    expect(isMadeByController(tags, 'one')).toBe(expected);
  });

  it('is not the group that EKS makes and takes away itself', () => {
    expect(isOfEksItself({ 'aws:eks:cluster-name': 'one', 'kubernetes.io/cluster/one': 'owned' })).toBe(true);
  });
});

describe('a state', () => {
  const raw = JSON.stringify({
    version: 4,
    serial: 3,
    resources: [
      { mode: 'data', type: 'aws_kms_key', name: 'k', provider: 'x', instances: [{ attributes: { arn: 'a' } }] },
      {
        mode: 'managed',
        type: 'aws_subnet',
        name: 'private',
        provider: 'provider["registry.opentofu.org/hashicorp/aws"]',
        instances: [
          { index_key: 'a', attributes: { id: 'subnet-1', arn: 'arn:aws:ec2:r:1:subnet/subnet-1', secret: 'x' } },
          { index_key: 0, attributes: { id: 'subnet-2' } },
        ],
      },
      {
        module: 'module.m',
        mode: 'managed',
        type: 'null',
        name: 'n',
        provider: 'provider["x/y/z"].b',
        instances: [{}],
      },
    ],
  });

  it('says what there is by address and id, and nothing else of it', () => {
    expect(thingsInState(raw, 'it')).toEqual([
      { kind: 'aws_subnet', id: 'arn:aws:ec2:r:1:subnet/subnet-1', address: 'aws_subnet.private["a"]' },
      { kind: 'aws_subnet', id: 'subnet-2', address: 'aws_subnet.private[0]' },
      { kind: 'null', id: 'module.m.null.n', address: 'module.m.null.n' },
    ]);
  });

  it('says which providers take it away', () => {
    expect(providersInState(raw, 'it')).toEqual(['registry.opentofu.org/hashicorp/aws', 'x/y/z']);
  });

  it.each([
    ['aws_eks_node_group', 'nodes'],
    ['aws_launch_template', 'nodes'],
    ['aws_ecr_repository', 'registry'],
    ['aws_eks_cluster', 'cluster'],
    ['aws_eks_access_entry', 'cluster'],
    ['aws_vpc', 'network'],
    ['aws_cloudwatch_log_group', 'network'],
  ])('%s goes in the step %s', (kind, step) => {
    expect(stepOfBaseKind(kind)).toBe(step);
  });
});

describe('the journal of a teardown', () => {
  let dir: string;
  const path = (): string => join(dir, 'teardown', 'journal.jsonl');
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-journal-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('goes on after a kill in the middle of a line, and names nothing twice', async () => {
    const first = await openJournal(path(), systemClock, { by: 'admin', install: 'acme' });
    await first.inventory('base', [{ kind: 'aws_vpc', id: 'vpc-1', address: 'aws_vpc.vpc[0]' }]);
    await first.deleted('network', { kind: 'aws_vpc', id: 'vpc-1' });
    await writeFile(path(), `${await readFile(path(), 'utf8')}{"entry":"dele`);
    const second = await openJournal(path(), systemClock, { by: 'somebody else', install: 'acme' });
    await second.deleted('network', { kind: 'aws_vpc', id: 'vpc-1' });
    await second.note('one');
    await second.note('one');
    const third = await openJournal(path(), systemClock, { by: 'somebody else', install: 'acme' });
    expect(third.inventoryOf('base')).toEqual([{ kind: 'aws_vpc', id: 'vpc-1', address: 'aws_vpc.vpc[0]' }]);
    expect(third.read()).toMatchObject({ by: 'admin', deleted: [{ id: 'vpc-1', step: 'network' }], notes: ['one'] });
  });

  it('is refused to another install', async () => {
    await openJournal(path(), systemClock, { by: 'admin', install: 'acme' });
    await expect(openJournal(path(), systemClock, { by: 'admin', install: 'other' })).rejects.toMatchObject({
      code: 'LF-INSTALL-013',
      message: expect.stringMatching(/is the record of a teardown of install acme, not of other$/),
    });
  });

  it('begins anew after a teardown that came to its end', async () => {
    const first = await openJournal(path(), systemClock, { by: 'admin', install: 'acme' });
    await first.deleted('network', { kind: 'aws_vpc', id: 'vpc-1' });
    await first.finish();
    const second = await openJournal(path(), systemClock, { by: 'another', install: 'acme' });
    expect(second.read()).toMatchObject({ by: 'another', deleted: [] });
  });
});

it('reads the XML of a query service, entities and empty elements too', () => {
  const root = readXml(`<?xml version="1.0"?><A xmlns="x"><AResult><List>
    <member><Arn>a&amp;b</Arn><Tags/></member><member><Arn>c</Arn></member></List></AResult></A>`);
  const result = elements(root, 'AResult')[0];
  expect(members(result, 'List').map((each) => textOf(each, 'Arn'))).toEqual(['a&b', 'c']);
  expect(members(members(result, 'List')[0], 'Tags')).toEqual([]);
  expect(members(result, 'Other')).toEqual([]);
});

it('knows one thing by its id and by its ARN, and takes no two names for one', () => {
  expect(isSame('vpc-1', 'arn:aws:ec2:r:1:vpc/vpc-1')).toBe(true);
  expect(isSame('arn:aws:s3:::one', 'one')).toBe(true);
  expect(isSame('vpc-1', 'vpc-12')).toBe(false);
  expect(isSame('1', 'arn:aws:ec2:r:1:vpc/vpc-1')).toBe(false);
});

it('keeps only what can be kept', () => {
  expect(parseKeep(['registry', 'volumes'])).toEqual(['registry', 'volumes']);
  expect(() => parseKeep(['everything'])).toThrow('--keep takes registry, state, volumes, not "everything"');
});

describe('a state below components/ that anybody could have left there', () => {
  const raw = (source: string): string =>
    JSON.stringify({
      resources: [{ mode: 'managed', type: 't', name: 'n', provider: `provider["${source}"]`, instances: [] }],
    });
  const aws = raw('registry.opentofu.org/hashicorp/aws');

  it.each([
    ['a component of the product', 'bucket', aws, null],
    ['a key that leads elsewhere', '../../etc', aws, /not that of a component/],
    ['a provider of somebody', 'bucket', raw('registry.opentofu.org/evil/aws'), /evil\/aws/],
  ])('%s', (_, component, state, doubt) => {
    const found = doubtOf({ component, raw: state });
    if (doubt === null) expect(found).toBeNull();
    else expect(found).toMatch(doubt);
  });
});
