export { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from './fake-install.ts';
export { createFakeKubernetes, type FakeCall, type FakeKubernetes } from './fake-kubernetes.ts';
