export { baseModule, buildBootstrapImage } from './bootstrap-image.ts';
export { bundleBootstrap } from './bundle-bootstrap.ts';
export { runnerEnvironment, runnerNodeFlags, writeRunnerPrograms } from './bundle-runner.ts';
export { buildRunnerImage } from './runner-image.ts';
export { prepareStreaming, type StreamingVersion, streamingVersions } from './streaming-product.ts';
export { buildStreamingRelease } from './streaming-release.ts';
