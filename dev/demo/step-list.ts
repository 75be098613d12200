import { Listr, type ListrTaskWrapper, type SimpleRenderer, type DefaultRenderer } from 'listr2';

/** What a step may say while it runs, and the one line that stays when it is done. */
export type StepVoice = { say: (line: string) => void };

export type Step<Context> = {
  title: string;
  /** Answers with what was seen from outside, for the summary. Throws when it does not hold. */
  run(context: Context, voice: StepVoice): Promise<string>;
};

export type StepResult = { title: string; seconds: number; seen: string };

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/**
 * Runs the steps in order: a live list on a terminal, plain lines elsewhere.
 * `results` is filled as steps end, so that a failure still has a summary of what came before it.
 */
export async function runSteps<Context>(
  context: Context,
  steps: readonly Step<Context>[],
  results: StepResult[],
  terminal: boolean,
): Promise<void> {
  const tasks = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_: unknown, task: Task) => {
        const begun = performance.now();
        const voice = {
          say: (line: string) => {
            if (terminal) task.output = line;
            else process.stdout.write(`    ${line}\n`);
          },
        };
        const seen = await step.run(context, voice);
        const seconds = (performance.now() - begun) / 1000;
        results.push({ title: step.title, seconds, seen });
        task.title = `${step.title} (${seconds.toFixed(1)} s): ${seen}`;
      },
    })),
    { renderer: terminal ? 'default' : 'simple', concurrent: false, exitOnError: true, registerSignalListeners: false },
  );
  await tasks.run();
}

/** The table at the end: step, seconds, what was seen from outside. */
export function summaryTable(results: readonly StepResult[]): string {
  const width = Math.max(...results.map((result) => result.title.length), 4);
  const total = results.reduce((sum, result) => sum + result.seconds, 0);
  const line = (title: string, seconds: string, seen: string): string =>
    `${title.padEnd(width)}  ${seconds.padStart(7)}  ${seen}`;
  return [
    line('step', 'seconds', 'seen from outside'),
    line('-'.repeat(width), '-------', '-----------------'),
    ...results.map((result) => line(result.title, result.seconds.toFixed(1), result.seen)),
    line('total', total.toFixed(1), ''),
  ].join('\n');
}
