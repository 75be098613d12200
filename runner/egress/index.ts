export { type Authorize, type Gate, away, createGate, readBounded, refusal } from './gate.ts';
export { type Ledger, openLedger, readLedger } from './ledger.ts';
export { type Redactor, createRedactor } from './redact.ts';
export { type Spool, openSpool } from './spool.ts';
