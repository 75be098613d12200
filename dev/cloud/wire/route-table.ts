import { type CloudRequest, pathSegments } from './request.ts';

export type Route = { action: string; parameters: Record<string, string> };

type Row = { method: string; pattern: string[]; action: string };

/** One row per line: method, path, action. `:x` is a parameter; the first row that fits wins. */
export function parseRoutes(table: string): Row[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [method = '', path = '', action = ''] = line.trim().split(' ');
      return { method, pattern: path.slice(1).split('/'), action };
    });
}

export function findRoute(rows: readonly Row[], request: CloudRequest): Route | undefined {
  const segments = pathSegments(request);
  for (const { method, pattern, action } of rows) {
    if (method !== request.method || pattern.length !== segments.length) continue;
    const parameters: Record<string, string> = {};
    const fits = pattern.every((part, index) => {
      const segment = segments[index] ?? '';
      if (!part.startsWith(':')) return part === segment;
      parameters[part.slice(1)] = segment;
      return true;
    });
    if (fits) return { action, parameters };
  }
  return undefined;
}
