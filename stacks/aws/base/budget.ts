import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js';
import type { TerraformStack } from 'cdktf';
import { onlyIf, text } from '../expressions.ts';

/** Over what carries the install's tag (the tag must be switched on as a cost allocation tag of the account). */
export function addBudget(stack: TerraformStack): void {
  const budget = new BudgetsBudget(stack, 'cost', {
    name: '${local.prefix}-cost',
    budgetType: 'COST',
    limitAmount: text('format("%.1f", var.monthly_budget_usd)'),
    limitUnit: 'USD',
    timeUnit: 'MONTHLY',
    costFilter: [{ name: 'TagKeyValue', values: [text('format("user:landfall:install$%s", var.install_id)')] }],
  });
  onlyIf('var.monthly_budget_usd > 0', budget);
  budget.addOverride('dynamic.notification', {
    for_each: text('var.budget_email == "" ? {} : { ACTUAL = 80, FORECASTED = 100 }'),
    content: {
      comparison_operator: 'GREATER_THAN',
      threshold: text('notification.value'),
      threshold_type: 'PERCENTAGE',
      notification_type: text('notification.key'),
      subscriber_email_addresses: [text('var.budget_email')],
    },
  });
}
