import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut there: an engine that writes one endless line must not fill our memory. */
const maxLineLength = 64 * 1024;

export type LineSplitter = { write(chunk: Uint8Array): void; end(): void };

/** Splits a byte stream into lines without their line ends; what follows `maxLineLength` characters of one line is dropped. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  const take = (text: string): void => {
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      emit(pending + text.slice(from, at));
      pending = '';
      from = at + 1;
    }
    pending = (pending + text.slice(from)).slice(0, maxLineLength);
  };
  const emit = (line: string): void => {
    const cut = line.endsWith('\r') ? line.slice(0, -1) : line;
    onLine(cut.length > maxLineLength ? `${cut.slice(0, maxLineLength)} [cut]` : cut);
  };
  return {
    write: (chunk) => take(decoder.write(Buffer.from(chunk))),
    end: () => {
      take(decoder.end());
      if (pending !== '') emit(pending);
      pending = '';
    },
  };
}
