#!/bin/sh
# Makes the virtual environments in which other people's clients judge the stack: one for nearly all,
# and one for the AWS distribution of OpenTelemetry, which wants other versions. For `test_browser`, installs a
# browser and OpenTelemetry for the web; without them that test is skipped, and says so.
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

missing=''
for pair in chromium:chromium node:nodejs npm:npm; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true
    # shellcheck disable=SC2086 # one word for each package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null ||
        echo "setup: cannot install$missing; test_browser is skipped" >&2
fi
if command -v npm >/dev/null; then
    stamp="$here/web/node_modules/package-lock.json"
    if ! cmp -s "$here/web/package-lock.json" "$stamp"; then
        (cd "$here/web" && npm ci --silent --no-audit --no-fund)
        cp "$here/web/package-lock.json" "$stamp"
    fi
else
    echo 'setup: there is no npm; test_browser is skipped' >&2
fi
