import * as z from 'zod';
import { digestSchema } from './digest.ts';

/** `streaming/charts/gateway`: the path below a registry's host, the same in the vendor's registry and (under a prefix) in the mirror. */
export const repositorySchema = z
  .string()
  .max(200)
  .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/);

/** One thing in a registry, pinned. `digest` is that of its manifest or index; `size` is that of the manifest's bytes. */
export const artifactSchema = z.object({
  repository: repositorySchema,
  digest: digestSchema,
  mediaType: z.string().max(128),
  size: z.number().int().min(1),
});

/** An image as a chart names it, and what that is. */
export const releaseImageSchema = z.object({ reference: z.string().min(1).max(512), artifact: artifactSchema });

export type Artifact = z.infer<typeof artifactSchema>;
export type ReleaseImage = z.infer<typeof releaseImageSchema>;
