import { readFileSync, writeFileSync } from 'node:fs';
import { askRunner } from './ask-runner.ts';
import { reportPath, socketPath } from './config.ts';
import type { PostRendered } from './render.ts';

// Helm's post-renderer: rendered manifests on stdin, what becomes of them on stdout. Helm starts it for every release; so it has the runner, which
// is there already, do the work, and loads what it needs to do it itself only where nobody answers.
// A program without a module's start: that alone is a fifth of what it costs.
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const rendered = readFileSync(0, 'utf8');
  const socket = socketPath();
  const asked = socket === undefined ? null : await askRunner(socket, args, rendered).catch(() => null);
  const done: PostRendered = asked ?? (await import('./render.ts')).postRender(args, rendered);
  if ('text' in done) process.stdout.write(done.text);
  else {
    const report = reportPath();
    if (report !== undefined) writeFileSync(report, done.refused);
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
