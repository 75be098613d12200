import type { KubeObject, KubeType, ListOptions } from '../types.ts';

/** What one watch sees. Without a namespace: the whole cluster. */
export type Selection = KubeType & {
  namespace: string | undefined;
  labelSelector: string;
  metadataOnly: boolean;
};

export type LabelTerm = { label: string; value: string };

export function keyOfSelection({ apiVersion, kind, namespace, labelSelector, metadataOnly }: Selection): string {
  return [apiVersion, kind, namespace ?? '*', labelSelector, metadataOnly ? 'metadata' : 'whole'].join('|');
}

/** null: a selector that is more than equalities, which is not judged here. */
export function termsOf(labelSelector: string): LabelTerm[] | null {
  const terms = labelSelector.split(',').filter((term) => term !== '');
  const parsed = terms.map((term) => /^([\w./-]+)={1,2}([\w.-]*)$/.exec(term));
  const found = parsed.flatMap((match) => (match === null ? [] : [{ label: match[1] ?? '', value: match[2] ?? '' }]));
  return found.length === terms.length ? found : null;
}

export function matchesTerms(object: KubeObject, terms: readonly LabelTerm[]): boolean {
  return terms.every(({ label, value }) => object.metadata.labels?.[label] === value);
}

/** What a list asks for beyond what the watch selects; null when the watch does not see all of it, or it cannot be told. */
export function termsBeyond(
  watched: string,
  asked: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): LabelTerm[] | null {
  if (asked.fieldSelector !== undefined) return null;
  const [base, wanted] = [termsOf(watched), termsOf(asked.labelSelector ?? '')];
  if (base === null || wanted === null) return null;
  const has = (terms: readonly LabelTerm[], { label, value }: LabelTerm): boolean =>
    terms.some((term) => term.label === label && term.value === value);
  if (!base.every((term) => has(wanted, term))) return null;
  return wanted.filter((term) => !has(base, term));
}
