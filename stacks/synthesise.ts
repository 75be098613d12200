import type { StackRequest } from './request.ts';

/**
 * Writes the stack's Terraform configuration (`cdk.tf.json`) below `outDir` and says in which folder it is: that folder
 * is what OpenTofu or Terraform is run in. The same request gives the same bytes; account and base name no install: what
 * an install decides are variables (`toVariables`), and where its state is comes as a backend override.
 * CDKTF is loaded here and not before, so that bundles which bring the synthesised modules along can leave it out.
 */
export async function synthesise(request: StackRequest & { outDir: string }): Promise<{ dir: string }> {
  const { synth } = await import('./synth.ts');
  return synth(request);
}
