import type { HealthExpression } from '../../contract/index.ts';
import type { KubeType } from '../kubernetes/index.ts';
import { groupKindOf, isCustom } from './group-kind.ts';
import { judgedKinds } from './object-health.ts';

/** Whether objects of this kind are looked at: its status may say something. Everything else is healthy once it is there. */
export function isJudged(type: KubeType, expressions: readonly HealthExpression[] = []): boolean {
  if (judgedKinds.has(groupKindOf(type)) || isCustom(type)) return true;
  return expressions.some(({ apiVersion, kind }) => kind === type.kind && apiVersion === type.apiVersion);
}
