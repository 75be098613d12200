export { createEffects, type KillAt } from './effects.ts';
export { type JournalEntry, openJournal } from './journal.ts';
export { type EffectKind, effectKinds, oneFencedWrite } from './kinds.ts';
export { endOrphans } from './orphans.ts';
