import type { Row, Table } from '../../measure.ts';
import type { Ground } from '../ground.ts';

export type Sizes = {
  rounds: number;
  releases: number;
  /** Passes over releases that are already right. */
  passes: number;
  idle: { releases: number; seconds: number };
  edits: number;
  publishes: number;
};

export const fullSizes: Sizes = {
  rounds: 3,
  releases: 100,
  passes: 20,
  idle: { releases: 1000, seconds: 600 },
  edits: 20,
  publishes: 20,
};

/** To develop with; its numbers are worth nothing and are not kept. */
export const quickSizes: Sizes = {
  rounds: 1,
  releases: 20,
  passes: 5,
  idle: { releases: 40, seconds: 20 },
  edits: 3,
  publishes: 3,
};

export type CaseResult = {
  rows: Row[];
  tables: Table[];
  /** Targets, each with its number and whether it held. */
  findings: string[];
  /** Every run. */
  details: unknown;
};

export type Case = (ground: Ground, sizes: Sizes) => Promise<CaseResult>;
