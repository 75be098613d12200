import { expect, it } from 'vitest';
import { holderGone, podIdentity, processIdentity } from './index.ts';

const pod = { namespace: 'landfall-system', name: 'landfall-runner-a', uid: 'uid-1' };
const other = podIdentity({ ...pod, name: 'landfall-runner-b', uid: 'uid-2' }, 'boot-2');

it.each([
  ['the container before in the same pod is gone: a kubelet never runs two', pod, true],
  ['another pod may live, whether or not its object does', { ...pod, name: 'landfall-runner-b' }, false],
  ['a pod of the same name made anew says nothing of the one before', { ...pod, uid: 'uid-9' }, false],
])('%s', async (_, own, gone) => {
  expect(await holderGone(podIdentity(pod, 'boot-1'), podIdentity(own, 'boot-2'))).toBe(gone);
});

it('a process of this machine that lives is not gone, one that has ended is', async () => {
  const mine = await processIdentity(process.pid, 'boot-1');
  expect(await holderGone(mine, other)).toBe(false);
  const dead = mine.replace(/\/\d+\/\d+\/boot-1$/, `/${process.pid}/1/boot-0`); // The same pid, started at another time.
  expect(await holderGone(dead, other)).toBe(true);
});

it('a process of another machine, and what nobody can read, cannot be known', async () => {
  expect(await holderGone('process/elsewhere/pid1/7/7/boot', other)).toBe(false);
  expect(await holderGone('somebody', other)).toBe(false);
});
