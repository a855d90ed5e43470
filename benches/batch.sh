#!/usr/bin/env bash
# How the command grows with its input: time and peak memory for 1 MB to 1 GB of JSONL and for pages of 1 to 100 MB, one
# thread beside two, zstd beside plain, GNU `wc -w` on the same file, one long text, and a hundred runs on one small file.
# Inputs are the fixtures, over and over.
#
#   benches/batch.sh [WORK]    WORK keeps the inputs (default: a new folder); MOST is the largest JSONL in MB (default 1000),
#                              ROUNDS how often each is run (default 3): the median is given; HUGE is the size in MB of one
#                              more JSONL, which two threads clean once (default: none)
#
# Needs python3, GNU time and zstd.
set -euo pipefail
work=${1:-$(mktemp -d)}
most=${MOST:-1000} rounds=${ROUNDS:-3}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$work"
cargo build --release
dehusk=${CARGO_TARGET_DIR:-target}/release/dehusk

# Writes JSONL of the text fixtures (`text`), of those in English (`english`), one text of all (`plain`) or one page of the
# fixtures' pages (`page`), of so many MB.
make() {
    python3 - "$@" <<'PYTHON'
import itertools, json, pathlib, re, sys
kind, megabytes, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
data = pathlib.Path("training-data")
def text(file):
    body = file.read_text(encoding="utf-8").split("\n---\n", 1)[1]
    return re.sub(r"^(?:[+?] |- \[[a-z]+\] )", "", body, flags=re.MULTILINE)
def body(file):
    page = file.read_text(encoding="utf-8", errors="replace")
    return re.sub(r"(?is)^.*?<body[^>]*>|</body>.*$", "", page)
texts = [text(file) for file in sorted(data.glob("en/*.txt" if kind == "english" else "*/*.txt"))]
if kind == "plain":
    parts = (t + "\n\n" for t in itertools.cycle(texts))
elif kind != "page":
    parts = (json.dumps({"id": n, "text": t}, ensure_ascii=False) + "\n" for n, t in enumerate(itertools.cycle(texts)))
else:
    pages = [body(file) for file in sorted(data.glob("html/*/*/*.html"))]
    parts = itertools.chain(["<!DOCTYPE html><title>All</title><body>"], (f"<div>{page}</div>\n" for page in itertools.cycle(pages)))
left = megabytes * 1_000_000
with open(path, "w", encoding="utf-8") as out:
    for part in parts:
        if left <= 0:
            break
        out.write(part)
        left -= len(part.encode())
PYTHON
}

# Runs a command ROUNDS times: median of the seconds, processor seconds and the most memory, MB.
run() {
    local round
    for ((round = 0; round < rounds; round++)); do
        command time -f '%e %U %M' -o "$work/time" "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
        tail -1 "$work/time"
    done | sort -n | awk '{ e[NR] = $1; u[NR] = $2; if ($3 > m) m = $3 } END { k = int((NR + 1) / 2); printf "%.2f %.2f %.0f", e[k], u[k], m / 1024 }'
}

row() {
    local file=$1 name=$2 seconds processor memory
    read -r seconds processor memory < <(run "${@:3}"; echo)
    awk -v n="$name" -v s="$seconds" -v p="$processor" -v m="$memory" -v b="$(stat -c %s "$file")" \
        'BEGIN { printf "| %s | %.1f MB | %.2f s | %.2f s | %.1f MB/s | %d MB |\n", n, b / 1e6, s, p, b / 1e6 / (s > 0 ? s : .01), m }'
}

printf '| input | size | time | processor | speed | peak memory |\n|---|--:|--:|--:|--:|--:|\n'
# Sets `input` to what is made of a kind, so many MB, unless it is there.
input() {
    input=$work/$1.$2.$3
    [[ -s $input ]] || make "$1" "$2" "$input"
}

words() { row "$input" "wc -w" env LC_ALL=C.UTF-8 wc -w "$input"; }

for ((size = 1; size <= most; size *= 10)); do
    input text "$size" jsonl
    row "$input" "JSONL, one thread" "$dehusk" clean --jobs 1 "$input"
done
input=$work/text.100.jsonl
if [[ -s $input ]]; then
    row "$input" "JSONL, two threads" "$dehusk" clean --jobs 2 "$input"
    # What two processes gain beside one is what two threads can gain at most on this machine.
    row "$input" "the same twice, two processes of one thread" \
        bash -c '"$0" clean --jobs 1 "$1" >"$2" & "$0" clean --jobs 1 "$1"; wait' "$dehusk" "$input" "$work/twin"
    words
    [[ -s $input.zst ]] || zstd -q "$input" -o "$input.zst"
    row "$input" "JSONL, two threads, plain to plain" "$dehusk" clean --jobs 2 -o "$work/kept.jsonl" "$input"
    row "$input" "JSONL, two threads, zst to zst" "$dehusk" clean --jobs 2 -o "$work/kept.jsonl.zst" "$input.zst"
fi
if [[ -n ${HUGE:-} ]]; then
    input text "$HUGE" jsonl
    rounds=1 row "$input" "JSONL, two threads, once" "$dehusk" clean --drop-source --jobs 2 "$input"
fi
input english 10 jsonl
row "$input" "JSONL in English, one thread" "$dehusk" clean --jobs 1 "$input"
words
input plain 10 txt
row "$input" "one text" "$dehusk" clean --jobs 1 "$input"
small=examples/tram-line.txt
row "$small" "a small file, a hundred times" bash -c 'for _ in {1..100}; do "$0" clean "$1"; done' "$dehusk" "$small"
for size in 1 10 100; do
    input page "$size" html
    row "$input" "one page" "$dehusk" clean --jobs 1 "$input"
done
