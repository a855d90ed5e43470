#!/usr/bin/env bash
# The label page in headless Chromium: open, flip, reason, undo, save, reload, adapt, export; who is turned away; that
# nothing leaves the machine. Usage: tests/label.sh [FOLDER FOR SCREENSHOTS]. Needs Python 3 and, once, apt-get.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

shots=$(realpath -m "${1:-target/label-screenshots}")
work=$(mktemp -d)
server=
finish() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() { printf 'failed: %s\n' "$1" >&2; exit 1; }

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null
    browser=$(command -v chromium) || fail "no Chromium"
fi

[[ -n ${DEHUSK-} ]] || cargo build --quiet
dehusk=$(realpath "${DEHUSK:-${CARGO_TARGET_DIR:-target}/debug/dehusk}")
python3 tests/label/sources.py "$work/pages"

# Starts the server with any arguments; its address goes to $url.
serve() {
    "$dehusk" label "$work/pages" --outlet-name example-times --language en --output "$work/labelled" "$@" \
        >"$work/url" 2>"$work/told" &
    server=$!
    for _ in $(seq 100); do
        url=$(cat "$work/url")
        [[ -z $url ]] || return 0
        sleep 0.1
    done
    cat "$work/told" >&2
    fail "the server gives no address"
}

serve
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
port=$(sed -E 's|.*:([0-9]+)/.*|\1|' <<<"$url")
root="http://127.0.0.1:$port"
expect() { [[ $2 == "$3" ]] || fail "$1: $2, expected $3"; }
expect "the page" "$(status "$url")" 200
expect "no token" "$(status "$root/")" 403
expect "a wrong token" "$(status "$root/00000000000000000000000000000000/")" 403
expect "a foreign Host" "$(status -H 'Host: evil.example' "$url")" 403
expect "a foreign Origin" "$(status -H 'Origin: http://evil.example' "$url")" 403
expect "a foreign Origin that posts" \
    "$(status -X POST -H 'Origin: http://evil.example' -H 'Content-Type: application/json' -d '{}' "${url}api/undo")" 403
if curl -s -m 2 -o /dev/null "http://$(hostname -I | awk '{ print $1 }'):$port/"; then
    fail "another address of this machine is answered"
fi
echo "turned away: wrong token, foreign Host, foreign Origin"

mkdir -p "$shots"
drive() { python3 tests/label/drive.py "$browser" "$url" "$work/labelled" "$shots" "$@"; }
drive first

# Killed in the middle, without a chance to write anything.
{ kill -9 "$server" && wait "$server"; } 2>/dev/null || true
serve
drive second
echo "screenshots: $shots"
