export { type Authorize, type BodyKind, type Gate, away, createGate, readBounded, refusal } from './gate.ts';
export { type Ledger, type LedgerLine, openLedger, readLedger } from './ledger.ts';
export { type Redactor, createRedactor } from './redact.ts';
export { type NewRecord, type Spool, openSpool } from './spool.ts';
