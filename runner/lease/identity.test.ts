import { expect, it } from 'vitest';
import { createFakeKubernetes } from '../testing/index.ts';
import { holderGone, podIdentity, processIdentity } from './index.ts';

const pod = { namespace: 'landfall-system', name: 'landfall-runner-a', uid: 'uid-1' };
const other = podIdentity({ ...pod, name: 'landfall-runner-b', uid: 'uid-2' }, 'boot-2');

async function clusterWith(uid: string | null) {
  const kubernetes = createFakeKubernetes();
  if (uid !== null) {
    await kubernetes.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.name, namespace: pod.namespace } });
    const stored = kubernetes.find('Pod', pod.name);
    if (stored !== undefined) stored.metadata.uid = uid;
  }
  return kubernetes;
}

it.each([
  ['a pod that is not there any more is gone', null, true],
  ['a pod that is there is not gone, also when it is silent', 'uid-1', false],
  ['a pod of the same name made anew means that the old one is gone', 'uid-9', true],
])('%s', async (_, uid, gone) => {
  expect(await holderGone(await clusterWith(uid), podIdentity(pod, 'boot-1'), other)).toBe(gone);
});

it('the container before in the same pod is gone: a kubelet never runs two', async () => {
  expect(await holderGone(await clusterWith('uid-1'), podIdentity(pod, 'boot-1'), podIdentity(pod, 'boot-2'))).toBe(
    true,
  );
});

it('a process of this machine that lives is not gone, one that has ended is', async () => {
  const kubernetes = createFakeKubernetes();
  const mine = await processIdentity(process.pid, 'boot-1');
  expect(await holderGone(kubernetes, mine, other)).toBe(false);
  const dead = mine.replace(/\/\d+\/\d+\/boot-1$/, `/${process.pid}/1/boot-0`); // The same pid, started at another time.
  expect(await holderGone(kubernetes, dead, other)).toBe(true);
});

it('a process of another machine, and what nobody can read, cannot be known', async () => {
  const kubernetes = createFakeKubernetes();
  expect(await holderGone(kubernetes, 'process/elsewhere/pid1/7/7/boot', other)).toBeNull();
  expect(await holderGone(kubernetes, 'somebody', other)).toBeNull();
});
