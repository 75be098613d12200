/** One row of the registry of error codes. */
export type CodeEntry = {
  /** What happened, in one sentence that holds for every use of the code. */
  what: string;
  /** What the person who meets it does next. */
  next: string;
};
