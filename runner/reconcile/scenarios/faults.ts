/** What goes wrong outside, and how often before it is over. */
export type Fault = {
  what:
    | 'the API server does not answer'
    | 'the API server restarts'
    | 'writes conflict'
    | 'the API server throttles'
    | 'a webhook fails'
    | 'a webhook refuses'
    | 'the registry is away'
    | 'a quota is exceeded'
    | 'the store cannot be written';
  /** Calls that pass before it begins. Default 0. */
  after?: number;
  /** Calls that fail; absent: all. */
  times?: number;
  /** Only of this kind of object. */
  of?: string;
  /** Of a webhook: only of objects that hold this text. */
  holding?: string;
};

/** Whether the next call that it concerns fails. */
export function dueOf({ after = 0, times = Infinity }: Fault): () => boolean {
  let before = after;
  let left = times;
  return () => before-- <= 0 && left-- > 0;
}
