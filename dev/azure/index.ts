export { startBlobStorage } from './blob-storage.ts';
export { azureClouds } from './clouds.ts';
export { createTokenIssuer, startEntra } from './entra.ts';
