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
  npm ci --no-audit --no-fund --loglevel=error
  # The Node that goes into the runner's image must not become the one that runs these scripts.
  rm -f node_modules/.bin/node
  touch "$installed"
elif [ "${1:-}" != --quiet ]; then
  echo "npm packages: as package-lock.json has them"
fi
