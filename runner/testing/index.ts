export type { FakeComponent } from './fake-component.ts';
export { conditionsOf, createFakeInstall, type FakeInstall } from './fake-install.ts';
export { createFakeKubernetes, type FakeCall, type FakeKubernetes } from './fake-kubernetes.ts';
