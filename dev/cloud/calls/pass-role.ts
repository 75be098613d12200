import type { Check } from '../policy/evaluate.ts';
import { isRecord } from '../wire/request.ts';

const roleArnPattern = /^arn:aws:iam::\d{12}:role\/.+$/;

/** `iam:PassRole` for every role ARN that a creating or updating call hands to a service. */
export function passedRoles(body: Record<string, unknown>, service: string): Check[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string' && /role|permissionarn/i.test(key) && roleArnPattern.test(value)) found.add(value);
    else if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (isRecord(value)) for (const [name, item] of Object.entries(value)) visit(item, name);
  };
  visit(body, '');
  return [...found].map((role) => passRole(role, `${service}.amazonaws.com`));
}

export function passRole(role: string, toService: string): Check {
  return { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': toService } };
}
