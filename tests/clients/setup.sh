#!/bin/sh
# Makes the virtual environment in which other people's clients judge the stack.
#
# Usage, from anywhere:
#   tests/clients/setup.sh
#   cargo build
#   CRUDDURCTL_BIN=target/debug/cruddurctl tests/clients/.venv/bin/python -m unittest discover -s tests/clients -v
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
venv="$here/.venv"
stamp="$venv/requirements.txt"
if cmp -s "$here/requirements.txt" "$stamp"; then
    exit 0
fi
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
# Copied last: an install that was interrupted is done again.
cp "$here/requirements.txt" "$stamp"
