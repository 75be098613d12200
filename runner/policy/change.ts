import {
  type Component,
  type Digest,
  type Release,
  secretPlaceOf,
  type SecretReference,
} from '../../contract/index.ts';
import { compareVersions, type Step, stepBetween } from './version-step.ts';

export type ReleaseKey = { version: string; digest: Digest; inputsDigest: Digest };

export type ComponentAsked = {
  name: string;
  kind: string;
  /** Those it names, and those out of which it is given secrets by value; what it puts elsewhere is found when it is rendered. */
  namespaces: readonly string[];
};

/** One change of release, as the customer's policy looks at it. */
export type ChangeAsked = {
  verb: 'install' | 'upgrade' | 'rollback';
  /** How far it goes from what runs; null for an install. */
  step: Step | null;
  from: string | null;
  /** Null: none is wanted. */
  to: ReleaseKey | null;
  /** All of the release wanted. */
  components: readonly ComponentAsked[];
  /** What is added or differs; with other inputs, everything: which component they reach is known only when it is rendered. */
  changed: readonly ComponentAsked[];
  /** What is gone, and what is taken away where it is since it is in another place now. */
  removed: readonly ComponentAsked[];
  registry: string;
  pinnedRegistry: string;
};

type References = Readonly<Record<string, SecretReference>>;

export function changeOf(options: {
  /** `secrets`: where its secret inputs are. */
  wanted: { key: ReleaseKey; release: Release; secrets: References } | null;
  lastGood: { key: ReleaseKey; release: Release; secrets: References } | null;
  registry: string;
  pinnedRegistry: string;
}): ChangeAsked {
  const { wanted, lastGood, registry, pinnedRegistry } = options;
  const components = wanted?.release.components ?? [];
  const running = lastGood?.release.components ?? [];
  const before = new Map<string, string>(running.map((each) => [each.name, JSON.stringify(each)]));
  const sameInputs = wanted?.key.inputsDigest === lastGood?.key.inputsDigest;
  const changed = components.filter((each) => !sameInputs || before.get(each.name) !== JSON.stringify(each));
  const wantedNow = new Map(components.map((each) => [String(each.name), each]));
  const removed = wanted === null ? [] : running.filter((each) => goes(each, wantedNow.get(each.name)));
  const from = lastGood?.key ?? null;
  const to = wanted?.key ?? null;
  const back = from !== null && to !== null && compareVersions(to.version, from.version) < 0;
  return {
    verb: from === null ? 'install' : back ? 'rollback' : 'upgrade',
    step: from === null || to === null ? null : stepBetween(from, to),
    from: from?.version ?? null,
    to,
    components: components.map((each) => asked(each, wanted?.secrets)),
    changed: changed.map((each) => asked(each, wanted?.secrets)),
    removed: removed.map((each) => asked(each, lastGood?.secrets)),
    registry,
    pinnedRegistry,
  };
}

function goes(before: Component, now: Component | undefined): boolean {
  if (now === undefined || now.kind !== before.kind) return true;
  if (before.kind !== 'helm' || now.kind !== 'helm' || now.suspend) return false;
  return before.namespace !== now.namespace || before.releaseName !== now.releaseName;
}

function asked(component: Component, secrets: References = {}): ComponentAsked {
  const { name, kind } = component;
  if (component.kind === 'terraform') {
    const { secretVariables = {}, outputsSecret } = component;
    const read = Object.values(secretVariables).flatMap((input) => {
      const reference = secrets[input];
      return reference === undefined ? [] : [secretPlaceOf(input, reference).namespace];
    });
    return {
      name,
      kind,
      namespaces: [...new Set([...(outputsSecret === undefined ? [] : [outputsSecret.namespace]), ...read])],
    };
  }
  const more = component.kind === 'manifests' ? component.namespaces : [];
  return { name, kind, namespaces: [component.namespace, ...more] };
}
