import * as z from 'zod';
import { canonicalJson, LandfallError, productNameSchema, readPublicKey } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';

export const productSchema = z.strictObject({
  name: productNameSchema,
  title: z.string().min(1).max(120),
  /** The pipeline's public keys (SPKI PEM): a release counts if any one of them signed it. */
  releaseKeys: z.array(z.string().max(2000)).min(1).max(8),
});
export type Product = z.infer<typeof productSchema>;

export type Outcome<T> = { created: boolean; value: T };

/** The same product may be sent again; with other content: LF-CONTROL-PLANE-009. */
export async function createProduct(context: Context, product: Product): Promise<Outcome<Product>> {
  product.releaseKeys.forEach(readPublicKey);
  const inserted = await context.db
    .insertInto('product')
    .values({
      name: product.name,
      title: product.title,
      releaseKeys: JSON.stringify(product.releaseKeys),
      createdAt: context.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 1n) {
    await recordEvent(context, { reason: 'ProductCreated', message: `Product ${product.name} was created.` });
    return { created: true, value: product };
  }
  const existing = await findProduct(context, product.name);
  if (canonicalJson(existing) !== canonicalJson(product)) {
    throw new LandfallError('LF-CONTROL-PLANE-009', `product ${product.name} exists with another title or other keys`);
  }
  return { created: false, value: existing };
}

export async function listProducts({ db }: Context): Promise<Product[]> {
  const rows = await db.selectFrom('product').selectAll().orderBy('name').execute();
  return rows.map(fromRow);
}

export async function findProduct({ db }: Context, name: string): Promise<Product> {
  const row = await db.selectFrom('product').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined) throw new LandfallError('LF-CONTROL-PLANE-008', `there is no product ${name}`);
  return fromRow(row);
}

function fromRow(row: { name: string; title: string; releaseKeys: string }): Product {
  return productSchema.parse({ name: row.name, title: row.title, releaseKeys: JSON.parse(row.releaseKeys) });
}
