export { startBlobStorage } from './blob-storage.ts';
export { createTokenIssuer, entraHost, startEntra } from './entra.ts';
