#!/bin/sh
# Makes the virtual environments in which other people's clients judge the stack: one for nearly all,
# and one for the AWS distribution of OpenTelemetry, which wants other versions.
#
# Usage, from anywhere:
#   tests/clients/setup.sh
#   cargo build
#   CRUDDURCTL_BIN=target/debug/cruddurctl tests/clients/.venv/bin/python -m unittest discover -s tests/clients -v
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

make() {
    venv="$here/$1"
    requirements="$here/$2"
    stamp="$venv/requirements.txt"
    if cmp -s "$requirements" "$stamp"; then
        return
    fi
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    # Copied last: an install that was interrupted is done again.
    cp "$requirements" "$stamp"
}

make .venv requirements.txt
make .venv-adot requirements-adot.txt
