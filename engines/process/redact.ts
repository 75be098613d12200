export type Redact = (text: string) => string;

/** Shorter strings than this are no secrets worth the name; hiding "true" everywhere would only ruin the log. */
const minimumSecretLength = 6;

/** Shapes that are secrets wherever they stand, known to us or not. Each is linear: no nested quantifiers. */
const shapes: readonly [RegExp, string][] = [
  [/\bBearer [A-Za-z0-9._~+/-]{8,}=*/g, 'Bearer ***'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '***'],
  [/\b(X-Amz-(?:Signature|Security-Token|Credential))=[^&\s"']+/gi, '$1=***'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g, '***'],
  [/\bk8s-aws-v1\.[A-Za-z0-9_-]+/g, '***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***'],
];

/** Replaces the given secrets (each as it is, base64 and JSON-escaped) and everything that has the shape of one. */
export function createRedactor(secrets: readonly string[] = []): Redact {
  const literals = [...new Set(secrets.filter((secret) => secret.length >= minimumSecretLength).flatMap(forms))].sort(
    (a, b) => b.length - a.length,
  );
  return (text) => {
    let result = text;
    for (const literal of literals) result = result.replaceAll(literal, '***');
    for (const [shape, replacement] of shapes) result = result.replace(shape, replacement);
    return result;
  };
}

function forms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, Buffer.from(secret).toString('base64'), ...secret.split('\n').filter(longEnough)];
}

function longEnough(part: string): boolean {
  return part.length >= minimumSecretLength;
}
