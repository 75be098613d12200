import { accountId, region } from './account.ts';
import type { Call } from './calls/call.ts';
import { type CloudRequest, type CloudResponse, isRecord, jsonBodyOf } from './wire/request.ts';

/** What moto leaves out or answers differently from AWS, so that a second plan is empty. */
export class AnswerRewriter {
  readonly #registryHost: () => string;
  /** moto forgets the period that EnableKeyRotation asked for. */
  readonly #rotationDays = new Map<string, number>();

  constructor(registryHost: () => string) {
    this.#registryHost = registryHost;
  }

  rewrite(call: Call, request: CloudRequest, answer: CloudResponse): CloudResponse {
    if (answer.status >= 300) return answer;
    if (call.service === 'ecr') {
      const realHost = `${accountId}.dkr.ecr.${region}.amazonaws.com`;
      return replaceText(answer, (text) => text.replaceAll(realHost, this.#registryHost()));
    }
    if (call.service === 'kms') return this.#rewriteRotation(call.action, jsonBodyOf(request), answer);
    if (call.service === 'ec2' && call.action === 'DescribeLaunchTemplateVersions') {
      return replaceText(answer, withoutLaunchTemplateTags);
    }
    if (call.service === 'lambda' && /^Get(LayerVersion)?Policy$/.test(call.action))
      return replaceText(answer, withNamedPrincipals);
    return answer;
  }

  #rewriteRotation(action: string, body: Record<string, unknown>, answer: CloudResponse): CloudResponse {
    const key = String(body['KeyId']).split('/').at(-1) ?? '';
    const days = body['RotationPeriodInDays'];
    if (action === 'EnableKeyRotation') this.#rotationDays.set(key, typeof days === 'number' ? days : 365);
    if (action !== 'GetKeyRotationStatus') return answer;
    return replaceText(answer, (text) => {
      const status: unknown = JSON.parse(text);
      if (!isRecord(status) || status['KeyRotationEnabled'] !== true) return text;
      return JSON.stringify({ ...status, KeyId: key, RotationPeriodInDays: this.#rotationDays.get(key) ?? 365 });
    });
  }
}

/** moto repeats the template's own tags inside the template's data, where AWS does not. */
function withoutLaunchTemplateTags(xml: string): string {
  return xml.replaceAll(/<item>\s*<resourceType>launch-template<\/resourceType>[\s\S]*?<\/tagSet>\s*<\/item>/g, '');
}

/** A bare account number or ARN as principal, as Lambda was given it; AWS shows it under `AWS`. */
function withNamedPrincipals(json: string): string {
  const answer: unknown = JSON.parse(json);
  if (!isRecord(answer) || typeof answer['Policy'] !== 'string') return json;
  const policy: unknown = JSON.parse(answer['Policy'], (key, value: unknown) => {
    if (key !== 'Principal' || typeof value !== 'string' || value === '*') return value;
    return { AWS: /^\d{12}$/.test(value) ? `arn:aws:iam::${value}:root` : value };
  });
  return JSON.stringify({ ...answer, Policy: JSON.stringify(policy) });
}

function replaceText(answer: CloudResponse, change: (text: string) => string): CloudResponse {
  return { ...answer, body: Buffer.from(change(answer.body.toString('utf8'))) };
}
