export type Answer = { status: number; headers: Record<string, string>; body: Uint8Array };

export function refusal(status: number, code: string): Answer {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
