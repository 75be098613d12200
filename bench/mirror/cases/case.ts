import type { Table } from '../../measure.ts';
import type { Ground } from '../ground.ts';

export type Sizes = {
  rounds: number;
  large: { layers: number; mebibytes: number };
  tags: number;
  changed: { layers: number; mebibytes: number };
  fault: { layers: number; mebibytes: number };
  /** The two sizes between which memory must stay flat, in MiB. */
  flat: readonly [number, number];
};

export const fullSizes: Sizes = {
  rounds: 3,
  large: { layers: 8, mebibytes: 256 },
  tags: 1000,
  changed: { layers: 50, mebibytes: 4 },
  fault: { layers: 4, mebibytes: 16 },
  flat: [256, 4096],
};

/** To develop with; its numbers are worth nothing and are not kept. */
export const quickSizes: Sizes = {
  rounds: 1,
  large: { layers: 4, mebibytes: 64 },
  tags: 100,
  changed: { layers: 10, mebibytes: 1 },
  fault: { layers: 3, mebibytes: 4 },
  flat: [64, 512],
};

export type CaseResult = {
  tables: Table[];
  /** Targets, each with its number and whether it held. */
  findings: string[];
  /** Every run. */
  details: unknown;
};

export type Case = (ground: Ground, sizes: Sizes) => Promise<CaseResult>;

export const mebibyte = 1024 * 1024;
/** As people and the peers' own figures count: a MB is a million bytes. */
export const megabyte = 1e6;
