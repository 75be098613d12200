import type { RecordedCall } from '../../dev/cloud/index.ts';
import type { NamedStatements } from './policies.ts';
import { isAllowed, type Question, type Rights } from './simulate.ts';

/** One right that a recorded call needed, as a question to the simulator. */
export type Need = Question & { by: string };

/** The different rights that the calls needed: a thousand calls ask for about a hundred. */
export function needsOf(calls: readonly RecordedCall[]): Need[] {
  const needs = new Map<string, Need>();
  for (const call of calls) {
    for (const check of call.checks) {
      // Time, session and the like are not what our statements decide by, but for ViaAWSService.
      const via = call.context['aws:ViaAWSService'] ?? call.context['aws:viaawsservice'];
      const context = { ...(via === undefined ? {} : { 'aws:ViaAWSService': via }), ...check.context };
      const need = {
        action: check.action,
        resource: check.resource ?? '*',
        context,
        by: `${call.service}:${call.action}`,
      };
      needs.set(JSON.stringify([need.action, need.resource, need.context]), need);
    }
  }
  return [...needs.values()];
}

/** Calls that change something, each once, with all the rights that it needs together. */
export function changingCalls(calls: readonly RecordedCall[]): Need[][] {
  const different = new Map<string, Need[]>();
  for (const call of calls) {
    if (/^(Describe|List|Get|Head|View)/.test(call.action)) continue;
    const needs = needsOf([call]);
    if (needs.length > 0) different.set(JSON.stringify(needs), needs);
  }
  return [...different.values()];
}

/** What the rights do not allow, as lines for a person. */
export async function denied(needs: readonly Need[], rights: Rights): Promise<string[]> {
  const lines: string[] = [];
  for (const need of needs) {
    if (await isAllowed(need, rights)) continue;
    const context = Object.entries(need.context ?? {}).filter(([key]) => !key.startsWith('aws:RequestTag/Name'));
    lines.push(`${need.action} on ${need.resource} (${need.by}) ${JSON.stringify(Object.fromEntries(context))}`);
  }
  return lines;
}

/** Whether anything is denied: stops at the first. */
export async function anyDenied(needs: readonly Need[], rights: Rights): Promise<boolean> {
  for (const need of needs) if (!(await isAllowed(need, rights))) return true;
  return false;
}

/** Needs that a statement could bear on at all: those of its actions. */
export function needsFor(statement: NamedStatements['statements'][number], needs: readonly Need[]): Need[] {
  return needs.filter(({ action }) => statement.actions.includes(action));
}
