import type { Socket } from 'node:net';

/** The socket once it stands. A listener for `error` stays: a connection that breaks between two owners ends no process. */
export async function established(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      const reason: unknown = signal.reason;
      const late = reason instanceof Error && reason.name === 'TimeoutError';
      const error = late ? new Error('no connection in time') : reason instanceof Error ? reason : new Error('stopped');
      socket.destroy(error);
    };
    socket.on('error', (error) => {
      signal.removeEventListener('abort', stopped);
      reject(error);
    });
    socket.once(event, () => {
      signal.removeEventListener('abort', stopped);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      resolve(socket);
    });
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, { once: true });
  });
}
