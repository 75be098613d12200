import * as z from 'zod';

const serviceErrorSchema = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
});

export type AwsRefusal = { name: string; message: string; status: number | undefined };

/** What AWS said, word for word; undefined when it was no answer of AWS at all (no connection, a bug). */
export function refusalOf(error: unknown): AwsRefusal | undefined {
  const parsed = serviceErrorSchema.safeParse(error);
  if (!parsed.success || parsed.data.$metadata?.httpStatusCode === undefined) return undefined;
  const { name, message, $metadata } = parsed.data;
  return { name, message, status: $metadata.httpStatusCode };
}

/** For an error's cause: AWS's words without the SDK's request and response, whose headers hold signatures and tokens. */
export function causeOf(refusal: AwsRefusal): Error {
  return new Error(`${refusal.name}: ${refusal.message}`);
}
