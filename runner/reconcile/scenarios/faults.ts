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

export type Strikes = {
  /** Whether the next call that it concerns fails. */
  due: () => boolean;
  /** How many did. */
  struck: () => number;
};

export function strikesOf({ after = 0, times = Infinity }: Fault): Strikes {
  let before = after;
  let struck = 0;
  return {
    due: () => {
      if (before-- > 0 || struck >= times) return false;
      struck += 1;
      return true;
    },
    struck: () => struck,
  };
}
