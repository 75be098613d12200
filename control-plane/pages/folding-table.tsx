import type { ComponentChildren, JSX } from 'preact';

type FoldingTableProps = {
  /** Id of the heading that names it. */
  labelledBy: string;
  columns: readonly string[];
  /** Rows, with the roles written out: on narrow screens the table is laid out as blocks and would lose them. */
  children: ComponentChildren;
};

/** A table in a card, whose rows fold into blocks where there is no room beside each other. */
export function FoldingTable({ labelledBy, columns, children }: FoldingTableProps): JSX.Element {
  return (
    <div class="card flush">
      <table class="folding" role="table" aria-labelledby={labelledBy}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((name) => (
              <th key={name} scope="col" role="columnheader">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">{children}</tbody>
      </table>
    </div>
  );
}
