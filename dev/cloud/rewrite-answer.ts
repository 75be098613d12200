import { accountId, region } from './account.ts';
import type { Call } from './calls/call.ts';
import { type CloudRequest, type CloudResponse, isRecord, jsonBodyOf } from './wire/request.ts';

/** What moto leaves out or answers differently from AWS, so that a second plan is empty. */
export function rewriteAnswer(
  call: Call,
  request: CloudRequest,
  answer: CloudResponse,
  to: { registryHost: string },
): CloudResponse {
  if (answer.status >= 300) return answer;
  if (call.service === 'ecr') {
    return replaceText(answer, (text) =>
      text.replaceAll(`${accountId}.dkr.ecr.${region}.amazonaws.com`, to.registryHost),
    );
  }
  if (call.service === 'kms' && call.action === 'GetKeyRotationStatus') return withRotationPeriod(request, answer);
  if (call.service === 'ec2' && call.action === 'DescribeLaunchTemplateVersions') {
    return replaceText(answer, withoutLaunchTemplateTags);
  }
  return answer;
}

function withRotationPeriod(request: CloudRequest, answer: CloudResponse): CloudResponse {
  return replaceText(answer, (text) => {
    const body: unknown = JSON.parse(text);
    if (!isRecord(body) || body['KeyRotationEnabled'] !== true) return text;
    return JSON.stringify({ RotationPeriodInDays: 365, KeyId: jsonBodyOf(request)['KeyId'], ...body });
  });
}

/** moto repeats the template's own tags inside the template's data, where AWS does not. */
function withoutLaunchTemplateTags(xml: string): string {
  return xml.replaceAll(/<item>\s*<resourceType>launch-template<\/resourceType>[\s\S]*?<\/tagSet>\s*<\/item>/g, '');
}

function replaceText(answer: CloudResponse, change: (text: string) => string): CloudResponse {
  return { ...answer, body: Buffer.from(change(answer.body.toString('utf8'))) };
}
