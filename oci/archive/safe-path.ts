/** Why a path from an archive must not be used, or undefined when it may. Trailing slashes of folders are allowed. */
export function pathProblem(path: string): string | undefined {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  if (bare === '' || bare === '.') return 'it is empty';
  if (bare.length > 1024) return 'it is longer than 1024 characters';
  if (bare.includes('\0')) return 'it holds a NUL';
  if (bare.includes('\\')) return 'it holds a backslash';
  if (bare.startsWith('/') || /^[A-Za-z]:/.test(bare)) return 'it is absolute';
  const parts = bare.split('/');
  if (parts.includes('..')) return 'it leads out of the folder';
  if (parts.some((part) => part.length > 255)) return 'a part of it is longer than 255 characters';
  return undefined;
}

/** `./a//b/` -> `a/b` */
export function normalPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
