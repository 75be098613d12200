import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JSX } from 'preact';
import * as z from 'zod';
import { installIdSchema, LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import type { App } from '../http/app.ts';
import { problemFor } from '../http/problem.ts';
import { changes } from './changes.ts';
import { ErrorPage } from './error-page.tsx';
import { FleetPage } from './fleet-page.tsx';
import { InstallPage } from './install-page.tsx';
import { renderPage } from './layout.tsx';
import { LoginPage } from './login-page.tsx';
import { readFleet, readInstallView } from './read-views.ts';
import { isSignedIn, signIn, signOut } from './session.ts';

const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const assets = [
  { name: 'style.css', type: 'text/css; charset=utf-8' },
  { name: 'live.js', type: 'text/javascript; charset=utf-8' },
  { name: 'mark.svg', type: 'image/svg+xml' },
];

const loginSchema = z.object({ token: z.string().max(300).default(''), next: z.string().max(200).default('/') });
const schema = { hide: true };

/** What people see. Everything but the sign-in needs a session; nothing here changes anything but sessions. */
export async function pageRoutes(app: App, context: Context): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 4096 },
      (_request, text, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(String(text)))),
    );
    scope.addHook('onSend', async (_request, reply) => {
      void reply.headers({
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        // Not no-referrer: browsers would then send `Origin: null` with our own forms.
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        ...(context.secureCookies ? { 'strict-transport-security': 'max-age=31536000' } : {}),
      });
    });
    scope.setErrorHandler((error, request, reply) => {
      const problem = problemFor(error, request);
      return sendPage(reply.code(problem.status), <ErrorPage problem={problem} />);
    });
    assetRoutes(scope);
    sessionRoutes(scope, context);
    viewRoutes(scope, context);
    done();
  });
}

type Scope = Pick<App, 'get' | 'post'>;

function assetRoutes(app: Scope): void {
  for (const { name, type } of assets) {
    const bytes = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    app.get(`/assets/${name}`, { schema }, (_request, reply) =>
      reply.type(type).header('cache-control', 'no-cache').send(bytes),
    );
  }
}

function sessionRoutes(app: Scope, context: Context): void {
  app.get('/login', { schema }, (request, reply) =>
    sendPage(
      reply,
      <LoginPage refused={false} next={nextOf(new URL(request.url, 'http://x').searchParams.get('next'))} />,
    ),
  );
  app.post('/login', { schema }, async (request, reply) => {
    requireSameOrigin(request);
    const { token, next } = loginSchema.parse(request.body);
    const cookie = await signIn(context, token.trim());
    if (cookie === null) return sendPage(reply.code(401), <LoginPage refused next={nextOf(next)} />);
    return reply.header('set-cookie', cookie).redirect(nextOf(next), 303);
  });
  app.post('/logout', { schema }, async (request, reply) => {
    requireSameOrigin(request);
    return reply.header('set-cookie', await signOut(context, request.headers.cookie)).redirect('/login', 303);
  });
}

function viewRoutes(app: Scope, context: Context): void {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (await isSignedIn(context, request.headers.cookie)) return;
    await reply.redirect(`/login?next=${encodeURIComponent(nextOf(request.url))}`, 303);
  };
  app.get('/', { schema, onRequest }, async (_request, reply) =>
    sendPage(reply, <FleetPage installs={await readFleet(context)} now={context.clock.now()} />),
  );
  app.get('/installs/:install', { schema, onRequest }, async (request, reply) => {
    const id = z.object({ install: installIdSchema }).safeParse(request.params);
    if (!id.success) throw new LandfallError('LF-CONTROL-PLANE-008', 'there is no such install');
    const view = await readInstallView(context, id.data.install);
    return sendPage(reply, <InstallPage view={view} now={context.clock.now()} />);
  });
  app.get('/changes', { schema, onRequest }, (_request, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return (
      reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        // Its connection carries nothing else, and must not outlive it when the control plane ends.
        .header('connection', 'close')
        .send(Readable.from(changes(context, gone.signal)))
    );
  });
}

function sendPage(reply: FastifyReply, page: JSX.Element): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(renderPage(page));
}

/** Only to one of our own pages after signing in. */
function nextOf(wanted: string | null): string {
  return wanted !== null && /^\/(?:installs\/[a-z0-9-]{1,20})?$/.test(wanted) ? wanted : '/';
}

/** Besides SameSite=Strict: a form on another site cannot sign anybody in or out. */
function requireSameOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign = origin !== undefined && origin.replace(/^https?:\/\//, '') !== request.headers.host;
  if (foreign || (typeof site === 'string' && site !== 'same-origin' && site !== 'none')) {
    throw new LandfallError('LF-CONTROL-PLANE-003', 'the form was sent from another site');
  }
}
