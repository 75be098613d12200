import { sql } from 'kysely';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import type { App } from '../http/app.ts';

const okSchema = z.object({ ok: z.literal(true) });

/** For those who run the control plane: is it alive, can it work, what does its API look like. */
export function serviceRoutes(app: App, context: Context): void {
  const schema = { tags: ['service'], response: { 200: okSchema } };
  app.get('/livez', { schema }, () => ({ ok: true }) as const);
  app.get('/readyz', { schema }, async () => {
    if (context.bell.closed) throw new LandfallError('LF-CONTROL-PLANE-018', 'the control plane is shutting down');
    try {
      await sql`select 1`.execute(context.db);
    } catch (cause) {
      throw new LandfallError('LF-CONTROL-PLANE-016', 'the database does not answer', { cause, temporary: true });
    }
    return { ok: true } as const;
  });
  app.get('/v1/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send(Buffer.from(JSON.stringify(app.swagger()))),
  );
}
