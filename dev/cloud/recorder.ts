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
};

export class Recorder {
  readonly #calls: RecordedCall[] = [];
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  record(call: Omit<RecordedCall, 'at'>): void {
    this.#calls.push({ at: this.#now(), ...call });
  }

  calls(): RecordedCall[] {
    return [...this.#calls];
  }
}
