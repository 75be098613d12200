import type { Condition } from '../../../contract/index.ts';

/** Conditions as they are told, without their time. */
export type Facts = Partial<
  Record<Condition['type'], { status: Condition['status']; reason: string; message: string }>
>;

export function isTrue(reason: string, message: string): { status: 'True'; reason: string; message: string } {
  return { status: 'True', reason, message };
}

export function isFalse(reason: string, message: string): { status: 'False'; reason: string; message: string } {
  return { status: 'False', reason, message };
}
