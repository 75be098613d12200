export { createAutoClock } from './auto-clock.ts';
export { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from './fake-install.ts';
export { createFakeHelm, type FakeChart } from './fake-helm.ts';
export { apiServerAway, createFakeKubernetes } from './fake-kubernetes.ts';
export { createFakeCloud, type FakeModule } from './fake-tofu.ts';
