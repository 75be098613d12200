import type { Call } from '../calls/call.ts';
import { type CloudRequest, type CloudResponse, isRecord, jsonBodyOf, jsonResponse } from '../wire/request.ts';

/** Who is told of a budget's notifications: moto keeps the notifications and forgets the subscribers. */
export class BudgetSubscribers {
  readonly #known = new Map<string, unknown[]>();

  answer(call: Call, request: CloudRequest): CloudResponse | undefined {
    if (call.service !== 'budgets') return undefined;
    const body = jsonBodyOf(request);
    const notification = body['Notification'];
    const key = (name: unknown, one: unknown): string => JSON.stringify([name, kindOf(one)]);
    switch (call.action) {
      case 'CreateBudget': {
        const budget = isRecord(body['Budget']) ? body['Budget']['BudgetName'] : undefined;
        for (const one of records(body['NotificationsWithSubscribers']))
          this.#known.set(key(budget, one['Notification']), records(one['Subscribers']));
        return undefined;
      }
      case 'CreateNotification':
        this.#known.set(key(body['BudgetName'], notification), records(body['Subscribers']));
        return undefined;
      case 'DescribeSubscribersForNotification':
        return jsonResponse({ Subscribers: this.#known.get(key(body['BudgetName'], notification)) ?? [] });
      default:
        return undefined;
    }
  }
}

/** What tells one notification of a budget from another. */
function kindOf(notification: unknown): unknown[] {
  const { NotificationType, ComparisonOperator, Threshold, ThresholdType } = isRecord(notification) ? notification : {};
  return [NotificationType, ComparisonOperator, Threshold, ThresholdType];
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
