import { relative } from 'node:path';
import type { Reporter } from 'vitest/node';
import { workerStacks } from './worker-stacks.ts';

const minute = 60_000;
/** Half of its deadline, and this at least: so long many may be silent. */
const silentMs = 2 * minute;
/** What a busy machine may need beyond the deadline of a test or a hook. */
const graceMs = 10 * minute;

/** Of Vitest's `TestModule` and `TestCase`. */
export type Module = {
  readonly id: string;
  readonly moduleId: string;
  readonly project: {
    readonly name: string;
    readonly config: { readonly testTimeout: number; readonly hookTimeout: number };
  };
};
export type Case = {
  readonly module: Module;
  readonly fullName: string;
  readonly options: { readonly timeout?: number | undefined };
};

type Running = { file: string; last: string; since: number; deadlineMs: number };

/**
 * Vitest's own deadlines end what waits, not what keeps a worker busy for ever: such a run says nothing more until CI's limit ends it without a
 * name. This names each file that has told nothing for long, once a minute; one that goes on so long after every deadline is told with the
 * place in the code where its worker is, and the run ends, as failed.
 */
export default class StallReporter implements Reporter {
  readonly #running = new Map<string, Running>();
  readonly #now: () => number;
  readonly #say: (line: string) => void;
  readonly #stacks: () => Promise<string[]>;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(
    options: {
      now?: () => number;
      say?: (line: string) => void;
      stacks?: () => Promise<string[]>;
      end?: () => void;
    } = {},
  ) {
    this.#now = options.now ?? (() => performance.now());
    this.#say = options.say ?? ((line) => console.error(line));
    this.#stacks = options.stacks ?? workerStacks;
    this.#end = options.end ?? (() => process.exit(1));
  }

  onTestRunStart(): void {
    this.#timer = setInterval(() => void this.look(), minute);
    this.#timer.unref();
  }
  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }
  onTestModuleQueued(module: Module): void {
    this.#heard(module, 'as it was loaded');
  }
  onTestModuleStart(module: Module): void {
    this.#heard(module, 'before its first test');
  }
  onTestModuleEnd(module: Module): void {
    this.#running.delete(module.id);
  }
  onTestCaseReady(test: Case): void {
    this.#heard(test.module, `as "${test.fullName.slice(0, 200)}" began`, test.options.timeout);
  }
  onTestCaseResult(test: Case): void {
    this.#heard(test.module, `as "${test.fullName.slice(0, 200)}" ended`);
  }

  /** `timeoutMs`: of the one test that runs now. */
  #heard(module: Module, last: string, timeoutMs = 0): void {
    const { name, config } = module.project;
    const file = `${name} ${relative(process.cwd(), module.moduleId)}`;
    const deadlineMs = Math.max(config.testTimeout, config.hookTimeout, timeoutMs);
    this.#running.set(module.id, { file, last, since: this.#now(), deadlineMs });
  }

  /** Once a minute. */
  async look(): Promise<void> {
    const silent = [...this.#running.values()].filter(
      ({ since, deadlineMs }) => this.#now() - since >= Math.max(silentMs, deadlineMs / 2),
    );
    for (const { file, last, since } of silent)
      this.#say(`still running: ${file}, heard of ${Math.round((this.#now() - since) / 1000)} s ago, ${last}`);
    const stalled = silent.filter(({ since, deadlineMs }) => this.#now() - since >= deadlineMs + graceMs);
    if (stalled.length === 0 || this.#ending) return;
    this.#ending = true;
    for (const stack of await this.#stacks().catch((error: unknown) => [String(error)])) this.#say(stack);
    this.#say(`stalled: ${stalled.map(({ file }) => file).join(', ')}; the run ends here, as failed`);
    this.#end();
  }
}
