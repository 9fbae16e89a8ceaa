#!/bin/sh
# Prints a Python >= 3.12 that really runs: a pyenv shim may be on the PATH and still refuse.
works() { [ -n "$1" ] && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

for candidate in "${PYTHON:-}" .venv/bin/python python3 python3.14 python3.13 python3.12 python; do
  if works "$candidate"; then echo "$candidate"; exit 0; fi
done
if command -v uv >/dev/null 2>&1; then
  found=$(uv python find --no-project '>=3.12' 2>/dev/null || { uv python install 3.12 >&2 && uv python find --no-project '>=3.12'; })
  if works "$found"; then echo "$found"; exit 0; fi
fi
cat >&2 <<'TEXT'
Kboss needs Python 3.12 or newer, and found none that runs. Any of these will do:
  Debian, Ubuntu   apt-get install python3 python3-venv      (Debian 13, Ubuntu 24.04 or newer)
  macOS            brew install python@3.13
  anywhere         https://docs.astral.sh/uv  then: uv python install 3.12
Or name one yourself: make run PYTHON=/path/to/python3
TEXT
exit 1
