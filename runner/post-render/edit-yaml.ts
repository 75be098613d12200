import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';

/** What stands from `at` to `end` becomes `text`. */
export type Edit = { at: number; end: number; text: string };

/** Last ones first, so that the places of the others stay. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return [...edits]
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
