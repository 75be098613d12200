import type { ComponentChildren, JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';

export type PageProps = {
  title: string;
  /** Said by screen readers when it changes while the page is open. */
  announce?: string;
  /** Without it: nobody is signed in. */
  signedIn?: boolean;
  children: ComponentChildren;
};

/** The frame of every page. No inline script or style: the content security policy allows none. */
export function Layout({ title, announce = '', signedIn = true, children }: PageProps): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Landfall`}</title>
        <link rel="icon" href="/assets/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        {signedIn && <script src="/assets/live.js" type="module" />}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href="/">
            <img src="/assets/mark.svg" alt="" width="22" height="22" />
            Landfall
          </a>
          {signedIn && (
            <>
              <p class="live" id="live">
                Live
              </p>
              <form method="post" action="/logout">
                <button type="submit" class="quiet">
                  Sign out
                </button>
              </form>
            </>
          )}
        </header>
        <main id="main" tabIndex={-1} data-announce={announce}>
          {children}
        </main>
        {signedIn && <p class="visually-hidden" role="status" id="announcer" />}
      </body>
    </html>
  );
}

export function renderPage(page: JSX.Element): string {
  return `<!doctype html>${renderToString(page)}`;
}
