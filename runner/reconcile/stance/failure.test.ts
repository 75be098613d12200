import { expect, it } from 'vitest';
import { LandfallError, type ErrorCode } from '../../../contract/index.ts';
import { failureOf } from './failure.ts';

const table: [string, ErrorCode, string, boolean, boolean][] = [
  ['a chart that cannot be applied', 'LF-ENGINES-010', 'field is immutable', false, true],
  ['a hook that ran out of time', 'LF-ENGINES-010', 'pre-upgrade hooks failed: timed out', true, true],
  ['an image that is not pinned', 'LF-ENGINES-011', 'refused', false, true],
  ['an engine that did not end in time', 'LF-ENGINES-002', 'deadline', true, true],
  ['a plan that would destroy data', 'LF-RUNNER-010', 'destroy', false, true],
  ['a module that takes its state away', 'LF-RUNNER-167', 'override.tf', false, true],
  ['a module that takes others from elsewhere', 'LF-RUNNER-168', 'module.vpc', false, true],
  ['inputs that do not fit', 'LF-CONTRACT-013', 'inputs', false, true],
  ['an API server that is away', 'LF-ENGINES-010', 'connection refused', true, false],
  ['a call the API server did not answer', 'LF-RUNNER-001', 'no answer', true, false],
  ['an engine that was stopped by us', 'LF-ENGINES-003', 'stopped', true, false],
  ['an engine that the kernel killed', 'LF-ENGINES-004', 'SIGKILL', true, false],
  ['a state that is locked', 'LF-ENGINES-021', 'locked', true, false],
  ['a secret that is missing', 'LF-RUNNER-011', 'missing', true, false],
  ['a registry that is away', 'LF-OCI-000', 'away', true, false],
  [
    'an admission webhook that does not answer',
    'LF-ENGINES-010',
    'failed calling webhook "v.x": timed out',
    true,
    false,
  ],
  ['one that cannot be called', 'LF-ENGINES-010', 'failed calling webhook "v.x": no endpoints', false, false],
  ['one that refuses', 'LF-ENGINES-010', 'admission webhook "v.x" denied the request: no', false, true],
  ['a quota of a namespace', 'LF-ENGINES-010', 'forbidden: exceeded quota: compute, used', false, false],
  ['a quota of a cloud', 'LF-ENGINES-020', 'api error VpcLimitExceeded: too many', false, false],
  ['a namespace that is going', 'LF-ENGINES-010', 'unable to create: because it is being terminated', false, false],
  ['a full disk', 'LF-ENGINES-020', 'write plan: no space left on device', false, false],
  ['a kind gone from under the release in force', 'LF-RUNNER-021', 'Widget', true, false],
  ['a kind that a release does not bring', 'LF-ENGINES-010', 'no matches for kind "Widget"', false, true],
  ['a lease that is lost', 'LF-RUNNER-003', 'fenced', false, false],
];
it.each(table)('%s (%s) counts as a failure of the release or is waited for', (_, code, message, temporary, failed) => {
  expect(failureOf('web', new LandfallError(code, message, { temporary })) !== null).toBe(failed);
});

it('what nobody expected is never blamed on the release', () => {
  expect(failureOf('web', new TypeError('x is not a function'))).toBeNull();
});
