import type { JSX } from 'preact';
import { Layout } from './layout.tsx';

export function LoginPage({ refused, next }: { refused: boolean; next: string }): JSX.Element {
  return (
    <Layout title="Sign in" signedIn={false}>
      <form class="card login" method="post" action="/login">
        <h1>Sign in</h1>
        <p class="muted">With the admin token this control plane was started with.</p>
        {refused && (
          <p class="notice bad" role="alert" id="refused">
            That token is not known here. Check that you copied all of it.
          </p>
        )}
        <input type="hidden" name="next" value={next} />
        <label for="token">Admin token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          spellcheck={false}
          {...(refused ? { 'aria-invalid': 'true', 'aria-describedby': 'refused' } : {})}
        />
        <button type="submit">Sign in</button>
      </form>
    </Layout>
  );
}
