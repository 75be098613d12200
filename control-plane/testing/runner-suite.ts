import type { TestPlane } from './test-plane.ts';
export function describeRunnerApi(_fresh: () => Promise<TestPlane>): void {}
