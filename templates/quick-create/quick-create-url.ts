import { LandfallError } from '../../contract/index.ts';
import type { Template, TemplateParameter } from '../cloudformation/template.ts';

export type QuickCreate = {
  region: string;
  /** Where the template lies in S3: CloudFormation reads it from nowhere else. */
  templateUrl: string;
  stackName: string;
  /** The template that lies there: what it does not know, the console would ignore without a word. */
  template: Template;
  parameters: Record<string, string>;
};

/** Nothing of ours comes near it; mail programs and chats break longer ones. In characters. */
const longestUrl = 8000;
/** CloudFormation's limit of one parameter, in bytes. */
const longestValue = 4096;
const longestTemplateUrl = 5120;

/**
 * A link that opens the console with one page filled in. Whoever opens it can change every value: nothing may rest on them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
 */
export function quickCreateUrl(request: QuickCreate): string {
  checkPlace(request);
  checkParameters(request.template, request.parameters);
  const { region, templateUrl, stackName, parameters } = request;
  const query = [
    ['templateURL', templateUrl],
    ['stackName', stackName],
    ...Object.entries(parameters).map(([name, value]) => [`param_${name}`, value]),
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`);
  const url = `https://${consoleHost(region)}/cloudformation/home?region=${region}#/stacks/quickcreate?${query.join('&')}`;
  if (url.length > longestUrl) throw refuse(`the link would have ${url.length} characters, more than ${longestUrl}`);
  return url;
}

function consoleHost(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  return region.startsWith('us-gov-') ? 'console.amazonaws-us-gov.com' : 'console.aws.amazon.com';
}

function checkPlace({ region, templateUrl, stackName }: QuickCreate): void {
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) throw refuse(`${region} is no region`);
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
    throw refuse(`${stackName} is no stack name: letters, digits and hyphens, a letter first, at most 128`);
  }
  const url = URL.canParse(templateUrl) ? new URL(templateUrl) : undefined;
  const inS3 = url?.protocol === 'https:' && /(^|\.)s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$/.test(url.hostname);
  if (!inS3) throw refuse(`${templateUrl} is no https address of an S3 object`);
  if (templateUrl.length > longestTemplateUrl)
    throw refuse(`the template's address is longer than ${longestTemplateUrl}`);
}

function checkParameters(template: Template, given: Record<string, string>): void {
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(template.Parameters, name) ? template.Parameters[name] : undefined;
    if (parameter === undefined) throw refuse(`the template has no parameter ${name}; the console would ignore it`);
    if (parameter.NoEcho === true) throw refuse(`${name} is NoEcho; the console ignores it in a link`);
    checkValue(name, parameter, value);
  }
  for (const [name, parameter] of Object.entries(template.Parameters)) {
    const open = parameter.Default === undefined && parameter.NoEcho !== true && !Object.hasOwn(given, name);
    if (open) throw refuse(`${name} has no default and is not given: one click would not do`);
  }
}

function checkValue(name: string, parameter: TemplateParameter, value: string): void {
  const bytes = Buffer.byteLength(value);
  if (bytes > longestValue) throw refuse(`${name} has ${bytes} bytes; CloudFormation takes ${longestValue}`);
  const { AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = parameter;
  const number = Number(value);
  const wrong =
    (AllowedValues !== undefined && !AllowedValues.includes(value) && `is none of ${AllowedValues.join(', ')}`) ||
    (AllowedPattern !== undefined &&
      !new RegExp(`^(?:${AllowedPattern})$`).test(value) &&
      `is not like ${AllowedPattern}`) ||
    (MinLength !== undefined && value.length < MinLength && `is shorter than ${MinLength}`) ||
    (MaxLength !== undefined && value.length > MaxLength && `is longer than ${MaxLength}`) ||
    (parameter.Type === 'Number' && (value === '' || !Number.isFinite(number)) && 'is no number') ||
    (MinValue !== undefined && number < MinValue && `is less than ${MinValue}`) ||
    (MaxValue !== undefined && number > MaxValue && `is more than ${MaxValue}`);
  if (wrong !== false) throw refuse(`${name} ${wrong}`);
}

function refuse(why: string): LandfallError {
  return new LandfallError('LF-TEMPLATES-002', why);
}
