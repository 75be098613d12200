export type ManifestCase = {
  readonly what: string;
  readonly text: string;
  /** What Go's reader makes of it, where it takes it at all. */
  readonly asGo?: unknown;
};

const spec = { containers: [{ image: 'evil.test/x' }] };

/** What must not be taken for what it looks like. */
export const unclearManifests: readonly ManifestCase[] = [
  { what: 'a key in base64', text: 'spec:\n  !!binary Y29udGFpbmVycw==:\n    - image: evil.test/x\n', asGo: { spec } },
  {
    what: 'a key in base64, with its tag written out',
    text: 'spec:\n  !<tag:yaml.org,2002:binary> Y29udGFpbmVycw==:\n    - image: evil.test/x\n',
    asGo: { spec },
  },
  {
    what: 'a namespace in base64',
    text: 'metadata:\n  namespace: !!binary a3ViZS1zeXN0ZW0=\n',
    asGo: { metadata: { namespace: 'kube-system' } },
  },
  {
    what: 'a merge key below what it brings along',
    text: 'x: &x { namespace: kube-system }\nmetadata:\n  namespace: shop\n  <<: *x\n',
    asGo: { x: { namespace: 'kube-system' }, metadata: { namespace: 'kube-system' } },
  },
  {
    what: 'a merge key that brings along what another merges',
    text: 'x: &x { namespace: kube-system }\nz: &z { <<: *x }\nmetadata:\n  namespace: shop\n  <<: [*z]\n',
    asGo: {
      x: { namespace: 'kube-system' },
      z: { namespace: 'kube-system' },
      metadata: { namespace: 'kube-system' },
    },
  },
  {
    what: 'two merge keys with the same',
    text: 'x: &x { namespace: shop }\nz: &z { namespace: kube-system }\nmetadata:\n  <<: *x\n  <<: *z\n',
    asGo: {
      x: { namespace: 'shop' },
      z: { namespace: 'kube-system' },
      metadata: { namespace: 'kube-system' },
    },
  },
  {
    what: 'a merge key in quotes',
    text: 'metadata:\n  !!merge "<<": { namespace: kube-system }\n',
    asGo: { metadata: { namespace: 'kube-system' } },
  },
  { what: 'a merge key by another name', text: '!!merge metadata: { namespace: kube-system }\n' },
  { what: 'a key by an alias', text: 'a: &k containers\nspec:\n  *k :\n    - image: evil.test/x\n' },
  { what: 'a list as a key', text: '? [containers]\n: []\n' },
  { what: 'a key twice', text: 'metadata: { namespace: kube-system, namespace: shop }\n' },
  { what: 'a key twice, in JSON', text: '{"metadata":{"namespace":"kube-system","\\u006eamespace":"shop"}}' },
  { what: 'a key twice, once as a text', text: 'a: { true: 1, "true": 2 }\n' },
  { what: 'a tag that nobody knows', text: 'metadata: { namespace: !shop kube-system }\n' },
  { what: 'the tag of no type', text: 'metadata: { namespace: ! kube-system }\n' },
  { what: 'a set', text: 'metadata: !!set { kube-system }\n' },
  { what: 'an ordered map', text: 'metadata: !!omap [namespace: kube-system]\n' },
];

/** What is read alike. */
export const clearManifests: readonly ManifestCase[] = [
  {
    what: 'the tags of JSON’s types',
    text: 'a: !!str 5\nb: !!int 5\nc: !!bool on\nd: !!map { e: !!seq [f] }\n',
    asGo: { a: '5', b: 5, c: true, d: { e: ['f'] } },
  },
  {
    what: 'a merge key that stands first',
    text: 'x: &x { name: a, namespace: shop }\nmetadata:\n  <<: *x\n  name: b\n',
    asGo: { x: { name: 'a', namespace: 'shop' }, metadata: { name: 'b', namespace: 'shop' } },
  },
  {
    what: 'a merge key as Helm writes it',
    text: 'x: &x { name: a }\nmetadata:\n  !!merge <<: *x\n  namespace: shop\n',
    asGo: { x: { name: 'a' }, metadata: { name: 'a', namespace: 'shop' } },
  },
  {
    what: 'a merge key with several, the first of which counts',
    text: 'x: &x { name: a }\nz: &z { name: b }\nmetadata: { <<: [*x, *z] }\n',
    asGo: { x: { name: 'a' }, z: { name: 'b' }, metadata: { name: 'a' } },
  },
  { what: '<< in quotes, which merges nothing', text: 'a: { "<<": { b: 1 } }\n', asGo: { a: { '<<': { b: 1 } } } },
  {
    what: 'an anchor that is set anew',
    text: 'a: &x 1\nb: &x 2\nc: *x\n',
    asGo: { a: 1, b: 2, c: 2 },
  },
  {
    what: 'texts of every kind',
    text: "a: \"\\x6b\\u0065y\"\nb: 'it''s'\nc: >-\n  d\n  e\nf: |\n  # g\n  --- h\n? i\n: j\n",
    asGo: { a: 'key', b: "it's", c: 'd e', f: '# g\n--- h\n', i: 'j' },
  },
  {
    what: 'texts like dates and times',
    text: 'a: [2026-01-31, 2026-01-31T00:00:00Z, 12:30]\n',
    asGo: { a: ['2026-01-31', '2026-01-31T00:00:00Z', '12:30'] },
  },
  {
    what: 'booleans and numbers of YAML 1.1',
    text: 'a: [on, No, yes, ~, 017, 0x1f, 1_0, 1e3, "on"]\n',
    asGo: { a: [true, false, true, null, 15, 31, 10, 1000, 'on'] },
  },
];
