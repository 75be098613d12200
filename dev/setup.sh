#!/usr/bin/env bash
# Before anything of TypeScript can run: the right Node, and node_modules as package-lock.json has it.
set -euo pipefail
cd "$(dirname "$0")/.."

node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) process.exit(0);
  console.error(`Landfall needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
'

# npm writes this file at the very end of an installation: half of one is done again.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  echo "installing the npm packages of package-lock.json ..."
  # Not `npm ci`: it refuses a lock that lacks the optional packages of other platforms, and the lock lacks those whose
  # versions the registry did not have when it was written. This installs the locked versions too, and writes no lock.
  npm install --no-save --no-audit --no-fund --loglevel=error
  touch "$installed"
elif [ "${1:-}" != --quiet ]; then
  echo "npm packages: as package-lock.json has them"
fi
