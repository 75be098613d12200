import { randomBytes } from 'node:crypto';
import type { RegistryContent } from './content.ts';
import { ecrHabits, type FaultRegistry } from './fault-registry.ts';
import {
  always,
  count,
  cutThen,
  type FaultRow,
  image,
  layerPut,
  mebibyte,
  type Plant,
  repository,
  sentTwice,
  survives,
  times,
  untouched,
} from './fault-row.ts';
import { plantImage, plantIndex, type Planted } from './plant.ts';

const large: Plant = (content) => plantImage(content, repository, [randomBytes(10 * mebibyte + 7)], { tag: 'v1' });
const signed: Plant = (content) => {
  const root = image(content);
  const also = [
    plantImage(content, repository, [randomBytes(50)], { subject: root, artifactType: 'application/x.sig' }),
  ];
  return { ...root, also };
};
const platforms = (content: RegistryContent, os: string): Planted => {
  const child = (architecture: string): Planted => ({
    ...plantImage(content, repository, [randomBytes(1000)]),
    platform: { os, architecture },
  });
  return plantIndex(content, repository, [child('amd64'), child('arm64')]);
};
/** The tag leads to something else already. */
const taken = ({ content }: FaultRegistry): void => {
  plantImage(content, repository, [randomBytes(10)], { tag: 'v1' });
};
/** All of it is there, its tags too, from an earlier copy. */
const thereAlready = ({ content }: FaultRegistry, { digest }: Planted, source: RegistryContent): void => {
  const [held, theirs] = [content.repository(repository), source.repository(repository)];
  for (const blob of theirs.blobs) content.addBlob(repository, source.blobs.get(blob) ?? new Uint8Array());
  for (const [name, manifest] of theirs.manifests) held.manifests.set(name, manifest);
  for (const tag of ['v1', `lf-${digest.slice(7)}`]) held.tags.set(tag, digest);
};
const token = { kind: 'token', username: 'u', password: 'p' } as const;

/** What registries are like, and shapes of content, by name. Each row is walked as a pull from the registry and as a push to it. */
export const registryHabits: readonly FaultRow[] = [
  { name: 'nothing at all', pull: untouched, push: untouched },
  { name: 'tokens', auth: token, pull: untouched, push: untouched },
  { name: 'a password', auth: { ...token, kind: 'basic' }, pull: untouched, push: untouched },
  {
    name: 'a token that ends in the middle of a blob',
    auth: token,
    pull: {
      ...cutThen({ kind: 'expire-tokens' }, 1),
      expected: survives,
      then: ({ requests }) => requests.some((each) => each.range === `bytes=${mebibyte / 2}-${mebibyte - 1}`),
    },
    push: { ...layerPut({ kind: 'expire-tokens' }), expected: sentTwice },
  },
  {
    name: 'a token that ends before the manifest',
    auth: token,
    pull: { ...times(1, 'manifest-get', { kind: 'expire-tokens' }), expected: survives },
    push: { ...times(1, 'manifest-put', { kind: 'expire-tokens' }), expected: survives },
  },
  {
    name: 'tokens that are refused for ever',
    auth: token,
    pull: { ...always('blob-get', { kind: 'expire-tokens' }), expected: { refused: 'LF-OCI-003' } },
    push: { ...always('upload-start', { kind: 'expire-tokens' }), expected: { refused: 'LF-OCI-003' } },
  },
  { name: '403 for what is not there', habits: { absentIsForbidden: true }, pull: untouched, push: untouched },
  {
    name: '403 for what is not there, and no referrers API',
    habits: { absentIsForbidden: true, referrers: false },
    plant: signed,
    pull: { expected: survives, also: false },
    push: untouched,
  },
  {
    name: 'a blob that its manifest names and that is not there',
    plant: (content) => {
      const planted = image(content);
      const [lost] = [...content.blobs].filter(([, bytes]) => bytes.byteLength === mebibyte);
      content.repository(repository).blobs.delete(lost?.[0] ?? '');
      return planted;
    },
    pull: { expected: { refused: 'LF-OCI-004' } },
    push: { expected: { refused: 'LF-OCI-004' } },
  },
  { name: 'referrers', plant: signed, pull: untouched, push: untouched },
  {
    name: 'no referrers API',
    habits: { referrers: false },
    plant: signed,
    // Nothing tells what refers to it, then, unless the tag schema does: referrers.test.ts.
    pull: { expected: survives, also: false },
    push: untouched,
  },
  { name: 'immutable tags', habits: { immutableTags: true }, pull: untouched, push: untouched },
  {
    name: 'immutable tags that are there already',
    habits: { immutableTags: true },
    pull: untouched,
    push: {
      before: thereAlready,
      expected: survives,
      then: (registry) => count(registry, 'upload-start') + count(registry, 'manifest-put') === 0,
    },
  },
  {
    name: 'an immutable tag that means something else',
    habits: { immutableTags: true },
    pull: untouched,
    push: { before: taken, expected: { refused: 'LF-OCI-009' } },
  },
  { name: 'no mounts', habits: { mounts: false }, pull: untouched, push: untouched },
  {
    name: 'ECR: one body per upload',
    habits: ecrHabits,
    plant: large,
    pull: untouched,
    push: { expected: survives, then: (registry) => count(registry, 'upload-chunk') === 0 },
  },
  {
    name: 'ECR: a repository that is unknown',
    habits: ecrHabits,
    pull: {
      before: ({ content }) => content.repositories.delete(repository),
      expected: { refused: 'LF-OCI-004' },
    },
    push: { before: () => undefined, expected: { refused: 'LF-OCI-004' } },
  },
  {
    name: 'ACR: 413 for a large body',
    habits: { maxBodyBytes: 4 * mebibyte },
    plant: large,
    pull: untouched,
    push: { expected: sentTwice, then: (registry) => count(registry, 'upload-chunk') >= 3 },
  },
  {
    name: '413 however small the body',
    plant: large,
    pull: untouched,
    push: {
      rules: () => [
        {
          on: ['upload-chunk', 'upload-end'],
          fault: { kind: 'status', status: 413 },
          when: ({ method }) => method !== 'GET',
        },
      ],
      expected: { refused: 'LF-OCI-009' },
    },
  },
  {
    name: 'a chunk that did not arrive whole',
    habits: { maxBodyBytes: mebibyte },
    plant: (content) => plantImage(content, repository, [randomBytes(3 * mebibyte)], { tag: 'v1' }),
    pull: untouched,
    push: { ...times(1, 'upload-chunk', { kind: 'cut-request', after: 1000 }), expected: sentTwice },
  },
  {
    name: 'a blob without bytes',
    plant: (content) => plantImage(content, repository, [new Uint8Array(), randomBytes(1000)], { tag: 'v1' }),
    pull: untouched,
    push: untouched,
  },
  {
    name: 'the same layer twice in one image',
    plant: (content) => {
      const layer = randomBytes(mebibyte);
      return plantImage(content, repository, [layer, layer], { tag: 'v1' });
    },
    pull: untouched,
    push: untouched,
  },
  {
    name: 'foreign layers',
    plant: (content) =>
      plantImage(content, repository, [randomBytes(1000), { foreign: 'https://go.example/base.tar.gz' }], {
        tag: 'v1',
      }),
    pull: untouched,
    push: untouched,
  },
  {
    name: 'an index of indexes',
    plant: (content) =>
      plantIndex(content, repository, [platforms(content, 'linux'), platforms(content, 'windows')], { tag: 'v1' }),
    pull: untouched,
    push: untouched,
  },
  {
    name: '5,000 tags',
    pull: { before: manyTags, expected: survives, then: (registry) => registry.requests.length < 20 },
    push: { before: manyTags, expected: survives, then: (registry) => registry.requests.length < 40 },
  },
];

function manyTags({ content }: FaultRegistry, { digest }: Planted): void {
  const { tags } = content.repository(repository);
  for (let n = 0; n < 5000; n++) tags.set(`old-${n}`, digest);
}
