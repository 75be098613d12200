import type { Placeholder } from '../placeholders.ts';
import type { Statement } from '../statement.ts';
import type { Trust } from '../trusts.ts';
import { policyJson, refuseLongerThanIam, type Style, trustJson } from './document.ts';

export type PlaceholderValues = Readonly<Record<Placeholder, string>>;

/** The policy as IAM would hold it: for the guide, the reference, the simulator and the tests. */
export function renderForPeople(name: string, statements: readonly Statement[], values: PlaceholderValues): string {
  const json = policyJson(statements, styleWith(values));
  refuseLongerThanIam(name, json);
  return json;
}

export function renderTrustForPeople(trust: Trust, values: PlaceholderValues): string {
  return trustJson(trust, styleWith(values));
}

function styleWith(values: PlaceholderValues): Style {
  return { literal: (text) => text, placeholder: (name) => JSON.stringify(values[name]).slice(1, -1) };
}
