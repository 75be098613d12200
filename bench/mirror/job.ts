import * as z from 'zod';
import { digestSchema } from '../../contract/index.ts';

/** What a tool is to copy: images of one repository, by digest at the source, by tag at the target. Written for the engine's own child, too. */
export const jobSchema = z.object({
  source: z.string(),
  target: z.string(),
  repository: z.string(),
  images: z.array(z.object({ digest: digestSchema, tag: z.string() })),
  /** Path of the registries' authority, where they speak TLS. */
  ca: z.string().optional(),
});

export type Job = z.infer<typeof jobSchema>;
