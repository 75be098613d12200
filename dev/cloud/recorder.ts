import type { Check } from './policy/evaluate.ts';

/** One call as it reached the account. `denied` is the reason where it was refused. */
export type RecordedCall = {
  at: Date;
  service: string;
  action: string;
  resource?: string;
  /** ARN of who signed; the bare access key id where nobody here knows it. */
  principal: string;
  status: number;
  denied?: string;
  /** Every right the call needs, on which resource and with which condition keys: what a simulator has to allow. */
  checks: RecordedCheck[];
  /** Condition keys about the caller (time, principal, session tags), the same for all checks. */
  context: Record<string, string>;
  /** What `mark` last said. */
  mark?: string;
};

/** `resource` absent: unknown to the stand-in. Ends in `*` where the call makes the resource. */
export type RecordedCheck = { action: string; resource?: string; context: Record<string, string | string[]> };

export class Recorder {
  readonly #calls: RecordedCall[] = [];
  readonly #now: () => Date;
  #mark: string | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  mark(name: string | undefined): void {
    this.#mark = name;
  }

  record(
    call: Omit<RecordedCall, 'at' | 'checks' | 'context' | 'mark'> & {
      checks?: Check[];
      context?: Record<string, string>;
    },
  ): void {
    this.#calls.push({
      at: this.#now(),
      ...call,
      checks: (call.checks ?? []).map(recorded),
      context: call.context ?? {},
      ...(this.#mark === undefined ? {} : { mark: this.#mark }),
    });
  }

  calls(): RecordedCall[] {
    return [...this.#calls];
  }
}

function recorded({ action, resource, context }: Check): RecordedCheck {
  const known: Record<string, string | string[]> = {};
  for (const [key, value] of Object.entries(context ?? {})) if (value !== undefined) known[key] = value;
  return { action, ...(resource === undefined ? {} : { resource }), context: known };
}
