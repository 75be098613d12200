import type { Socket } from 'node:net';
import type { Connect, ConnectTarget } from '../../network/connect.ts';
import type { Bytes } from './byte-reader.ts';

type Wait<T> = { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void };

/**
 * A socket as reads and writes that are waited for. Reading stops while nobody waits, so the other side is held back by TCP; a
 * write is over when the kernel has the bytes, so the buffer they came in may be filled anew.
 */
export class Connection implements Bytes {
  /** The silence of this side is not its fault: what it waits for is ours to send. */
  patient = false;
  readonly #socket: Socket;
  readonly #silence: NodeJS.Timeout;
  /** One for all answers: to make one for each would cost more than to read it. */
  #late: NodeJS.Timeout | undefined;
  #tooLate: (() => Error) | undefined;
  /** Settles when nothing of the connection is left. */
  readonly closed: Promise<void>;
  #reading: Wait<Uint8Array | undefined> | undefined;
  #writing: Wait<void> | undefined;
  #sending = false;
  #ended = false;
  #broken: Error | undefined;

  static async open(
    connect: Connect,
    target: ConnectTarget,
    { silenceMs, bufferBytes }: { silenceMs: number; bufferBytes: number },
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    let connection: Connection | undefined;
    // One per connection, filled again and again: a read then costs the copy out of the kernel and nothing else.
    const buffer = new Uint8Array(bufferBytes);
    const callback = (count: number): boolean => {
      if (connection !== undefined) connection.#arrived(buffer.subarray(0, count));
      return false;
    };
    const socket = await connect({ ...target, onread: { buffer, callback } }, signal);
    connection = new Connection(socket, silenceMs);
    return connection;
  }

  private constructor(socket: Socket, silenceMs: number) {
    this.#socket = socket;
    this.#silence = setTimeout(() => {
      const waited = this.#writing !== undefined || (this.#reading !== undefined && !this.patient);
      if (waited) this.destroy(new Error(`nothing came or went for ${silenceMs / 1000} s`));
    }, silenceMs).unref();
    // Where `onread` could not be used (TLS within a tunnel) what comes in is events, with buffers of their own.
    socket.on('data', (piece: Uint8Array) => {
      socket.pause();
      this.#arrived(piece);
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#settle(undefined);
    });
    socket.on('error', (error) => this.#break(error));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#break(new Error('the connection was closed'));
        resolve();
      });
    });
    socket.pause();
  }

  /** The next piece, gone when another is asked for; undefined: the other side ended. Asked again while it waits, it is the same wait. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#reading !== undefined) return this.#reading.promise;
    if (this.#ended) return Promise.resolve(undefined);
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    this.#reading = wait();
    this.#silence.refresh();
    this.#socket.resume();
    return this.#reading.promise;
  }

  /** Not waited for: `sent` tells whether the kernel has it all, the end of the connection that it never will. */
  send(bytes: Uint8Array): void {
    this.#sending = true;
    this.#silence.refresh();
    this.#socket.write(bytes, () => {
      this.#sending = false;
    });
  }

  get sent(): boolean {
    return !this.#sending;
  }

  /** Until the kernel has all of it. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const writing = wait<void>();
    this.#writing = writing;
    this.#silence.refresh();
    this.#socket.write(bytes, (error) => {
      if (this.#writing === writing) this.#writing = undefined;
      if (error === null || error === undefined) writing.resolve();
      else writing.reject(error);
    });
    return writing.promise;
  }

  /** Nothing more is to be sent: a write that waits is over. */
  abandonWrite(): void {
    this.#writing?.resolve();
    this.#writing = undefined;
  }

  /** From now on its silence counts. */
  expectAnswer(): void {
    this.patient = false;
    this.#silence.refresh();
  }

  /** An answer is awaited: after `ms` the connection ends with this reason, unless `answered` comes first. */
  answerBy(ms: number, reason: () => Error): void {
    this.#tooLate = reason;
    this.#late ??= setTimeout(() => {
      if (this.#tooLate !== undefined) this.destroy(this.#tooLate());
    }, ms).unref();
    this.#late.refresh();
  }

  answered(): void {
    this.#tooLate = undefined;
  }

  destroy(reason = new Error('the connection is not needed any more')): void {
    this.#break(reason);
    this.#socket.destroy();
  }

  #arrived(piece: Uint8Array): void {
    // Its buffer may hold what somebody is still reading: better no connection than other bytes.
    if (this.#reading === undefined) this.destroy(new Error('bytes came before they were asked for'));
    else this.#settle(piece);
  }

  #settle(piece: Uint8Array | undefined): void {
    this.#reading?.resolve(piece);
    this.#reading = undefined;
  }

  #break(error: Error): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#late);
    this.#broken ??= error;
    this.#reading?.reject(this.#broken);
    this.#reading = undefined;
    this.#writing?.reject(this.#broken);
    this.#writing = undefined;
  }
}

function wait<T>(): Wait<T> {
  let settle: Pick<Wait<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const { resolve, reject } = settle ?? { resolve: () => undefined, reject: () => undefined };
  return { promise, resolve, reject };
}
