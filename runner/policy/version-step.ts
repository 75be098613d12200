/** From small to large. `inputs`: the same release with other inputs. */
export const steps = ['inputs', 'patch', 'minor', 'major'] as const;
export type Step = (typeof steps)[number];

type Key = { version: string; digest: string };

/** How far a change goes, up or down. Below 1.0.0 the second number counts as the first; the same version with other content promises nothing. */
export function stepBetween(from: Key, to: Key): Step {
  if (from.digest === to.digest) return 'inputs';
  const [a, b] = [coreOf(from.version), coreOf(to.version)];
  if (from.version === to.version || a[0] !== b[0]) return 'major';
  const early = a[0] === 0;
  if (a[1] !== b[1]) return early ? 'major' : 'minor';
  return early ? 'minor' : 'patch';
}

/** By the precedence of Semantic Versioning 2.0.0, 11: negative when `a` is lower. */
export function compareVersions(a: string, b: string): number {
  const [coreA, coreB] = [coreOf(a), coreOf(b)];
  const differing = coreA.findIndex((part, i) => part !== coreB[i]);
  if (differing !== -1) return (coreA[differing] ?? 0) - (coreB[differing] ?? 0);
  const [preA, preB] = [identifiersOf(a), identifiersOf(b)];
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length;
  for (const [i, one] of preA.entries()) {
    const other = preB[i];
    if (other === undefined) return 1;
    const order = compareIdentifiers(one, other);
    if (order !== 0) return order;
  }
  return preA.length - preB.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [numberA, numberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numberA && numberB) return Number(a) - Number(b);
  if (numberA !== numberB) return numberA ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function coreOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map(Number);
}

function identifiersOf(version: string): string[] {
  const at = version.indexOf('-');
  return at === -1 ? [] : version.slice(at + 1).split('.');
}
