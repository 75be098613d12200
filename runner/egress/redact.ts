/** Takes secrets out of text before it reaches the spool: redacting later would leave them on disk. */
export type Redactor = {
  text(value: string): string;
  /** Redacts every string of a JSON-like value, and whole values whose key names a secret. */
  value(value: unknown): unknown;
  /** An exact secret this process holds (a join token, a registry password): found wherever it appears. */
  learn(secret: string): void;
  /** Whether an exact secret this process holds is in it: for what cannot be redacted, because it is signed. */
  holdsSecret(value: string): boolean;
};

export const redacted = '[redacted]';

// Each pattern is linear: bounded repetitions, no nested quantifier. What is redacted is left as it is when it comes here again.
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, redacted],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,128}\b/g, redacted],
  [/\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,4096})?/g, redacted],
  [/\bk8s-aws-v1\.[A-Za-z0-9_-]{8,4096}/g, redacted],
  [/\blf_[A-Za-z0-9_-]{8,256}/g, redacted],
  [/\b(?:ghp|gho|ghs|github_pat|xox[abp]|sk|glpat)[_-][A-Za-z0-9_-]{16,256}/g, redacted],
  [/\b(Bearer|Basic|Runner)\s{1,4}[A-Za-z0-9._~+/=-]{8,8192}/gi, `$1 ${redacted}`],
  [/\b(X-Amz-(?:Signature|Security-Token|Credential))=[^&\s"']{1,4096}/gi, `$1=${redacted}`],
  [/(:\/\/)[^\s/@:]{1,256}:[^\s/@]{1,1024}@/g, `$1${redacted}@`],
  [
    /((?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?["']?\s{0,4}[:=]\s{0,4})(?:"[^"]{1,2048}"|'[^']{1,2048}'|(?:\[redacted\]|[^\s"',;&}\]]){1,2048})/gi,
    `$1${redacted}`,
  ],
];

const secretKey =
  /pass(?:word|wd|phrase)|secret|token|authorization|credential|private.?key|api.?key|access.?key|cookie/i;

/** `guard: false` exists for the twin of the canary test, in which the canary gets out. */
export function createRedactor(options: { literals?: readonly string[]; guard?: boolean } = {}): Redactor {
  const literals = new Set<string>();
  const learn = (secret: string): void => {
    // A very short secret would blank ordinary words.
    if (secret.length >= 6) literals.add(secret);
  };
  for (const literal of options.literals ?? []) learn(literal);
  if (options.guard === false)
    return { text: (value) => value, value: (value) => value, learn, holdsSecret: () => false };

  const text = (value: string): string => {
    let clean = value;
    for (const literal of literals) clean = clean.replaceAll(literal, redacted);
    for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
    return clean;
  };
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (value === null || typeof value !== 'object') return value;
    if (depth > 16) return redacted;
    if (Array.isArray(value)) return value.map((item) => walk(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        secretKey.test(key) && typeof member === 'string' ? redacted : walk(member, depth + 1),
      ]),
    );
  };
  const holdsSecret = (value: string): boolean => [...literals].some((literal) => value.includes(literal));
  return { text, value: (value) => walk(value, 0), learn, holdsSecret };
}
