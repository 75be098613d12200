import type { JSX } from 'preact';
import type { Problem } from '../../contract/index.ts';
import { Layout } from './layout.tsx';

export function ErrorPage({ problem }: { problem: Problem }): JSX.Element {
  return (
    <Layout title="Not shown" signedIn={false}>
      <div class="card empty">
        <h1>{problem.status === 404 ? 'Not found' : 'This did not work'}</h1>
        <p>{problem.title}</p>
        <p class="muted">
          {problem.code}. {problem.hint}
        </p>
        <p>
          <a href="/">Back to the fleet</a>
        </p>
      </div>
    </Layout>
  );
}
