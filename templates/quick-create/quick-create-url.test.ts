import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Template } from '../cloudformation/template.ts';
import { quickCreateUrl } from './quick-create-url.ts';

const template: Template = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'a test',
  Parameters: {
    InstallId: { Type: 'String', Description: '', AllowedPattern: '[a-z][a-z0-9-]{0,30}' },
    Access: { Type: 'String', Description: '', Default: 'open', AllowedValues: ['open', 'closed'] },
    Free: { Type: 'String', Description: '', Default: '' },
    Short: { Type: 'String', Description: '', Default: 'x', MinLength: 1, MaxLength: 3 },
    Attempt: { Type: 'Number', Description: '', Default: '1', MinValue: 1, MaxValue: 1000 },
    Secret: { Type: 'String', Description: '', NoEcho: true },
  },
  Resources: {},
  Outputs: {},
};
const good = {
  region: 'eu-central-1',
  templateUrl: 'https://landfall-templates.s3.eu-central-1.amazonaws.com/1.0.0/landfall-account.json',
  stackName: 'landfall-account-acme',
  template,
  parameters: { InstallId: 'acme' },
};
/** As the console reads it: the fragment's own query. */
const read = (url: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(new URL(url).hash.split('?').slice(1).join('?')));

describe('the quick-create link', () => {
  it('opens the console of the region with one page filled in', () => {
    const url = quickCreateUrl(good);
    expect(url).toMatch(
      /^https:\/\/console\.aws\.amazon\.com\/cloudformation\/home\?region=eu-central-1#\/stacks\/quickcreate\?/,
    );
    expect(read(url)).toEqual({
      templateURL: good.templateUrl,
      stackName: good.stackName,
      param_InstallId: 'acme',
    });
  });

  it.each([
    ['cn-north-1', 'console.amazonaws.cn'],
    ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ])('knows the console of %s', (region, host) => {
    expect(new URL(quickCreateUrl({ ...good, region })).hostname).toBe(host);
  });

  it('carries any value unharmed: &, #, =, +, %, spaces, other alphabets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (value) => {
        const parameters = { InstallId: 'acme', Free: value };
        expect(read(quickCreateUrl({ ...good, parameters }))['param_Free']).toBe(value);
      }),
    );
  });

  it('keeps the query of a presigned template address inside its own parameter', () => {
    const templateUrl = `${good.templateUrl}?X-Amz-Signature=abc&X-Amz-Expires=60`;
    expect(read(quickCreateUrl({ ...good, templateUrl }))).toMatchObject({ templateURL: templateUrl });
  });

  it.each([
    ['a parameter that the template does not have', { parameters: { InstallId: 'acme', Surprise: '1' } }],
    ['a parameter in another spelling', { parameters: { installId: 'acme', InstallId: 'acme' } }],
    ['a name that every object has', { parameters: { InstallId: 'acme', constructor: 'x' } }],
    ['a NoEcho parameter', { parameters: { InstallId: 'acme', Secret: 'hidden' } }],
    ['a parameter without default left out', { parameters: {} }],
    ['a value that the pattern refuses', { parameters: { InstallId: 'Acme!' } }],
    ['a value that only begins as the pattern asks', { parameters: { InstallId: 'acme\nmore' } }],
    ['a value that is not allowed', { parameters: { InstallId: 'acme', Access: 'ajar' } }],
    ['a value too short', { parameters: { InstallId: 'acme', Short: '' } }],
    ['a value too long', { parameters: { InstallId: 'acme', Short: 'long' } }],
    ['a value of more than 4096 bytes', { parameters: { InstallId: 'acme', Free: 'ü'.repeat(2049) } }],
    ['a number that is none', { parameters: { InstallId: 'acme', Attempt: 'two' } }],
    ['a number that is empty', { parameters: { InstallId: 'acme', Attempt: '' } }],
    ['a number too small', { parameters: { InstallId: 'acme', Attempt: '0' } }],
    ['a link longer than mail programs keep whole', { parameters: { InstallId: 'acme', Free: '/'.repeat(4000) } }],
    ['a template outside S3', { templateUrl: 'https://vendor.example/landfall-account.json' }],
    ['a host that only looks like S3', { templateUrl: 'https://s3.amazonaws.com.evil.example/t.json' }],
    ['a template over plain HTTP', { templateUrl: good.templateUrl.replace('https', 'http') }],
    ['a stack name with a space', { stackName: 'landfall account' }],
    ['a stack name that begins with a digit', { stackName: '1landfall' }],
    ['a stack name of 129 characters', { stackName: 'l'.repeat(129) }],
    ['something that is no region', { region: 'eu-central-1#/x' }],
  ])('refuses %s', (_, change) => {
    expect(() => quickCreateUrl(Object.assign(structuredClone(good), change))).toThrow(
      expect.objectContaining({ code: 'LF-TEMPLATES-002' }),
    );
  });
});
