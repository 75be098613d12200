/**
 * A store of the customer's, outside of the cluster. Every failure is a LandfallError: LF-RUNNER-200 it cannot be reached (temporary),
 * 201 there is nothing of that name (temporary), 202 the runner may not read it (temporary). No message ever holds a value.
 */
export type SecretStore = {
  /** For people: `AWS Secrets Manager`. */
  readonly title: string;
  /** Names the value that is current now, without moving the value. */
  versionOf(id: string, signal: AbortSignal): Promise<string>;
  /** The current value and the name of its version. */
  read(id: string, signal: AbortSignal): Promise<StoredValue>;
};

export type StoredValue = { value: Uint8Array; version: string };
