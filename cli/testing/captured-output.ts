import { vi } from 'vitest';

/** What commands print on stdout from now on; stderr is held back. Until `vi.restoreAllMocks`. */
export function capturedOutput(): string[] {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  return printed;
}
