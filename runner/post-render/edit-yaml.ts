import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { LandfallError } from '../../contract/index.ts';
import { readManifests } from '../../engines/index.ts';

/** Rendered manifests, read once for all that looks at them. */
export type Rendered = {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  /** Each document as the API server would get it. */
  readonly objects: readonly unknown[];
};

/** As Kubernetes reads YAML. LF-RUNNER-007: it is none, or Kubernetes might read something else in it. */
export function readRendered(text: string): Rendered {
  const read = readManifests(text);
  if ('unclear' in read)
    throw new LandfallError('LF-RUNNER-007', `a rendered manifest cannot be judged: ${read.unclear}`);
  return { text, ...read };
}

/** What stands from `at` to `end` becomes `text`. */
export type Edit = { at: number; end: number; text: string };

/** Last ones first, so that the places of the others stay. What is edited twice in the same way (by an alias) is edited once. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const each = new Map(edits.map((edit) => [JSON.stringify(edit), edit]));
  return [...each.values()]
    .sort((a, b) => b.at - a.at)
    .reduce((out, edit) => out.slice(0, edit.at) + edit.text + out.slice(edit.end), text);
}

/** What an alias stands for, or the node itself. */
export function follow(document: Document.Parsed, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}

/** The column at which this stands, as spaces: what comes on a line of its own before it is aligned with it. */
export function indentOf(text: string, at: number): string {
  return ' '.repeat(at - (text.lastIndexOf('\n', at - 1) + 1));
}
