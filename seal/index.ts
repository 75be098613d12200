export { type Census, takeCensus } from './census.ts';
export { censusHosts, createCensusClients } from './clients.ts';
export { compareSeals } from './compare-seals.ts';
export type { SendHttp } from './ram-calls.ts';
export { sealReport } from './seal-report.ts';
