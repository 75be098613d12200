export type { ImageOptions } from './options.ts';
export { prepareStreaming, type StreamingVersion, streamingVersions } from './streaming-product.ts';
export { buildStreamingRelease, releaseTools } from './streaming-release.ts';
