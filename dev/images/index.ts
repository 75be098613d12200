export type { ImageOptions } from './options.ts';
export { buildRunnerImage, type RunnerImage } from './runner-image.ts';
export { prepareStreaming, type StreamingVersion, streamingVersions } from './streaming-product.ts';
export { buildStreamingRelease, releaseTools } from './streaming-release.ts';
