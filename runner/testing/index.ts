export { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from './fake-install.ts';
export { createFakeKubernetes } from './fake-kubernetes.ts';
