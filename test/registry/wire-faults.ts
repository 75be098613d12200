import type { FaultRegistry } from './fault-registry.ts';
import {
  always,
  both,
  count,
  cutThen,
  type FaultRow,
  layerGet,
  layerPut,
  mebibyte,
  repository,
  sentTwice,
  survives,
  times,
  untouched,
} from './fault-row.ts';

const wentOn = (registry: FaultRegistry): boolean => count(registry, 'upload-status') === 1;

/** What goes wrong on the way, by name. Each row is walked as a pull from the registry and as a push to it. */
export const wireFaults: readonly FaultRow[] = [
  {
    name: 'a connection cut in the middle of a blob',
    pull: { ...layerGet({ kind: 'cut', after: mebibyte / 2 }), expected: survives },
    push: { ...layerPut({ kind: 'cut-request', after: 200_000 }), expected: sentTwice, then: wentOn },
  },
  {
    name: 'a connection cut before the first byte',
    pull: { ...layerGet({ kind: 'cut', after: 0 }), expected: survives },
    push: { ...layerPut({ kind: 'no-answer' }), expected: sentTwice },
  },
  {
    name: 'a connection cut before the last byte',
    pull: { ...layerGet({ kind: 'cut', after: mebibyte - 1 }), expected: survives },
    push: { ...layerPut({ kind: 'cut-request', after: mebibyte - 1 }), expected: sentTwice, then: wentOn },
  },
  {
    name: 'ten cuts, one after the other',
    pull: { ...layerGet({ kind: 'cut', after: 100 * 1024 }, 10), expected: survives },
    push: { ...times(10, 'upload-end', { kind: 'no-answer' }), expected: { refused: 'LF-OCI-002' } },
  },
  {
    name: 'a cut, and 503 on the way back',
    pull: {
      ...cutThen({ kind: 'status', status: 503 }, 1),
      expected: survives,
    },
    push: {
      rules: () => [
        { on: 'upload-end', times: 1, fault: { kind: 'cut-request', after: 200_000 } },
        { on: 'upload-start', times: 2, fault: { kind: 'status', status: 503 } },
      ],
      expected: sentTwice,
    },
  },
  {
    name: 'a cut, and ranges that are not known',
    pull: {
      ...cutThen({ kind: 'range-ignored' }, 1),
      expected: { survives: 1.55 },
    },
    push: untouched,
  },
  {
    name: 'a cut, and a range that begins elsewhere',
    pull: {
      ...cutThen({ kind: 'range-wrong', by: 1000 }, 1),
      expected: { survives: 2.05 },
    },
    push: untouched,
  },
  {
    name: 'a blob that was swapped between a cut and the rest',
    pull: {
      ...cutThen({ kind: 'wrong-bytes' }),
      expected: { refused: 'LF-OCI-005' },
    },
    push: untouched,
  },
  {
    name: 'cuts for ever',
    pull: { ...always('blob-get', { kind: 'cut', after: 0 }), expected: { refused: 'LF-OCI-002' } },
    push: { ...always('upload-end', { kind: 'cut-request', after: 10 }), expected: { refused: 'LF-OCI-002' } },
  },
  {
    name: 'an end that looks regular and comes too early',
    pull: { ...layerGet({ kind: 'truncated', to: mebibyte / 2 }), expected: survives },
    // Of the answer to the upload: nothing in it is needed.
    push: { ...times(1, 'upload-end', { kind: 'wrong-length', by: 5 }), expected: survives },
  },
  {
    name: 'an answer that is lost after the request took effect',
    pull: { ...times(2, 'manifest-get', { kind: 'lost-answer' }), expected: survives },
    // What arrived is found, and not sent again.
    push: { ...layerPut({ kind: 'lost-answer' }), expected: survives },
  },
  {
    name: 'a lost answer to a tag that can be written only once',
    habits: { immutableTags: true },
    pull: { ...times(2, 'manifest-get', { kind: 'lost-answer' }), expected: survives },
    push: {
      rules: () => [
        {
          on: 'manifest-put',
          times: 2,
          when: ({ reference }) => !reference.includes(':'),
          fault: { kind: 'lost-answer' },
        },
      ],
      expected: survives,
    },
  },
  {
    name: '503 after the bytes',
    pull: { ...cutThen({ kind: 'status', status: 503, retryAfter: '1' }, 3), expected: survives },
    push: { ...layerPut({ kind: 'status', status: 503, retryAfter: '1' }, 2), expected: { survives: 3.05 } },
  },
  { name: '503 three times', ...both({ kind: 'status', status: 503 }, 3) },
  { name: '503 three times with Retry-After', ...both({ kind: 'status', status: 503, retryAfter: '2' }, 3) },
  { name: '429 three times', ...both({ kind: 'status', status: 429, code: 'TOOMANYREQUESTS' }, 3) },
  { name: '429 three times with Retry-After', ...both({ kind: 'status', status: 429, retryAfter: '7' }, 3) },
  {
    name: '503 for manifests',
    pull: { ...times(3, 'manifest-get', { kind: 'status', status: 503 }), expected: survives },
    push: { ...times(3, 'manifest-put', { kind: 'status', status: 503 }), expected: survives },
  },
  {
    name: '503 for ever',
    pull: { ...always('blob-get', { kind: 'status', status: 503 }), expected: { refused: 'LF-OCI-010' } },
    push: { ...always('upload-end', { kind: 'status', status: 503 }), expected: { refused: 'LF-OCI-010' } },
  },
  {
    name: 'a refusal',
    pull: {
      ...always('blob-get', { kind: 'status', status: 403, code: 'DENIED' }),
      expected: { refused: 'LF-OCI-003' },
    },
    push: {
      ...always('upload-start', { kind: 'status', status: 403, code: 'DENIED' }),
      expected: { refused: 'LF-OCI-003' },
    },
  },
  {
    name: 'a slow drip',
    pull: { ...layerGet({ kind: 'drip', bytes: 64 * 1024, everyMs: 1 }), expected: survives },
    push: { ...always('upload-end', { kind: 'slow-read', everyMs: 1 }), expected: survives },
  },
  {
    name: 'a blob of another digest',
    pull: { ...layerGet({ kind: 'wrong-bytes' }), expected: { refused: 'LF-OCI-005' } },
    push: {
      ...always('upload-end', { kind: 'status', status: 400, code: 'DIGEST_INVALID' }),
      expected: { refused: 'LF-OCI-009' },
    },
  },
  {
    name: 'a manifest of another digest',
    pull: { ...always('manifest-get', { kind: 'wrong-bytes' }), expected: { refused: 'LF-OCI-005' } },
    push: {
      ...always('manifest-put', { kind: 'status', status: 400, code: 'DIGEST_INVALID' }),
      expected: { refused: 'LF-OCI-009' },
    },
  },
  {
    name: 'a length greater than the content',
    pull: { ...layerGet({ kind: 'wrong-length', by: 5 }), expected: { refused: 'LF-OCI-005' } },
    push: { ...always('upload-start', { kind: 'wrong-length', by: 5 }), expected: survives },
  },
  {
    name: 'a length less than the content',
    pull: { ...layerGet({ kind: 'wrong-length', by: -5 }), expected: { refused: 'LF-OCI-005' } },
    push: {
      ...always('upload-end', { kind: 'status', status: 400, code: 'SIZE_INVALID' }),
      expected: { refused: 'LF-OCI-009' },
    },
  },
  {
    name: 'a body without an end',
    pull: { ...layerGet({ kind: 'endless' }), expected: { refused: 'LF-OCI-005' } },
    push: { ...always('upload-end', { kind: 'endless' }), expected: survives },
  },
  {
    name: 'a manifest without an end',
    pull: { ...always('manifest-get', { kind: 'endless' }), expected: { refused: 'LF-OCI-006' } },
    push: { ...always('manifest-put', { kind: 'endless' }), expected: survives },
  },
  {
    name: 'a truncated manifest',
    pull: { ...always('manifest-get', { kind: 'truncated', to: 100 }), expected: { refused: 'LF-OCI-005' } },
    push: { ...times(1, 'manifest-put', { kind: 'cut-request', after: 1 }), expected: survives },
  },
  {
    name: 'a manifest that is cut',
    pull: { ...times(2, 'manifest-get', { kind: 'cut', after: 100 }), expected: survives },
    push: { ...times(2, 'manifest-put', { kind: 'no-answer' }), expected: survives },
  },
  {
    name: 'a redirect in a circle',
    pull: {
      rules: ({ origin }, { digest }) => [
        { on: 'blob-get', fault: { kind: 'redirect', to: `${origin}/v2/${repository}/blobs/${digest}` } },
      ],
      expected: { refused: 'LF-OCI-008' },
      then: (registry) => count(registry, 'blob-get') < 20,
    },
    push: {
      rules: ({ origin }) => [
        { on: 'upload-start', fault: { kind: 'redirect', to: `${origin}/v2/${repository}/blobs/uploads/` } },
      ],
      expected: { refused: 'LF-OCI-008' },
      then: (registry) => count(registry, 'upload-start') < 20,
    },
  },
  {
    name: 'a redirect to the metadata service',
    pull: {
      ...always('blob-get', { kind: 'redirect', to: 'http://169.254.169.254/latest/' }),
      expected: { refused: 'LF-OCI-007' },
    },
    push: {
      ...always('upload-start', { kind: 'header', name: 'location', value: 'http://169.254.169.254/latest/' }),
      expected: { refused: 'LF-OCI-007' },
    },
  },
  {
    name: 'a redirect where the bytes were to go or come from',
    pull: {
      rules: ({ origin }) => [
        { on: 'blob-get', times: 1, fault: { kind: 'redirect', to: `${origin}/v2/${repository}/blobs/nothing` } },
      ],
      expected: { refused: 'LF-OCI-004' },
    },
    push: {
      ...always('upload-end', { kind: 'redirect', to: 'http://169.254.169.254/' }),
      expected: { refused: 'LF-OCI-008' },
    },
  },
];
