import type { Call } from '../calls/call.ts';
import { type CloudRequest, type CloudResponse, isRecord, jsonBodyOf, jsonResponse } from '../wire/request.ts';

/** What moto forgets of budgets: who is told of their notifications, and tags. */
export class BudgetAdditions {
  readonly #known = new Map<string, unknown[]>();
  /** By the budget's ARN. */
  readonly #tags = new Map<string, Map<string, unknown>>();

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
        this.#tags.set(call.resource ?? '', tagMap(body['ResourceTags']));
        return undefined;
      }
      case 'ListTagsForResource':
        return jsonResponse({ ResourceTags: tagList(this.#tags.get(String(body['ResourceARN']))) });
      case 'TagResource': {
        const resource = String(body['ResourceARN']);
        this.#tags.set(resource, new Map([...(this.#tags.get(resource) ?? []), ...tagMap(body['ResourceTags'])]));
        return jsonResponse({});
      }
      case 'UntagResource': {
        const gone = Array.isArray(body['ResourceTagKeys']) ? body['ResourceTagKeys'] : [];
        for (const key of gone) this.#tags.get(String(body['ResourceARN']))?.delete(String(key));
        return jsonResponse({});
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

function tagMap(tags: unknown): Map<string, unknown> {
  return new Map(records(tags).map((tag) => [String(tag['Key']), tag['Value']]));
}

function tagList(tags: Map<string, unknown> = new Map()): unknown[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
