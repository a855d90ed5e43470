#!/usr/bin/env bash
# dehusk beside its peers: installs them, runs all on the same pages, scores what they keep, measures one thread's speed,
# and prints the table of the README.
#
#   benches/peers/run.sh SHARED [WORK] [--limit N] [--only NAME,...]
#
# SHARED holds score.py and corpora/. WORK keeps what is made (default: a new folder); what is already there is not made
# again: delete WORK/NAME to run a tool again, WORK/speed/NAME.* to measure it again.
# --limit takes the first N pages of every corpus, in a folder of its own: to try the script.
# REPEATS (default 3) is how often the quick tools are measured; the slow ones are measured once.
# Needs python3 (3.11 or later) with venv, cargo, and the network for the first run.
set -euo pipefail

readonly CORPORA=(wcxb trafilatura-eval daniel zh-news)
readonly SPEED_CORPUS=wcxb BASELINE=resiliparse REPEATS=${REPEATS:-3}

# The rows of the table, in order: tool, what runs it, and whether it is measured REPEATS times or once.
readonly TOOLS='
dehusk                      rust    quick
resiliparse                 python  quick
dom_smoothie                rust    quick
rs-trafilatura              rust    quick
trafilatura-crate           rust    quick
trafilatura-crate-fallback  rust    quick
trafilatura                 python  slow
trafilatura-fast            python  slow
readability-lxml            python  slow
justext                     python  slow
chromerag                   python  slow
keep-all                    python  quick
'

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 1; }
say() { printf '%s\n' "$*" >&2; }

positional=() limit='' only=''
while (($#)); do
    case $1 in
        --limit) limit=${2:?a number of pages}; shift 2 ;;
        --only) only=${2:?names of tools}; shift 2 ;;
        -*) usage ;;
        *) positional+=("$1"); shift ;;
    esac
done
((${#positional[@]} == 1 || ${#positional[@]} == 2)) || usage
shared=$(cd "${positional[0]}" && pwd)
work=${positional[1]:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
main=$(cd "$here/../.." && pwd)
made=$work${limit:+/limit-$limit} # what depends on the pages taken
mkdir -p "$made/inputs" "$made/speed"
say "work: $work"

# One thread, whatever a library would like to start.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1
export PYTHONPATH=$shared PYTHONDONTWRITEBYTECODE=1

python=$work/venv/bin/python
peers=$work/target/release/peers
has_html_model() { [[ -f $main/models/html.toml ]]; }

tools() { awk 'NF { print $1 }' <<<"$TOOLS"; }
column() { awk -v tool="$1" -v column="$2" '$1 == tool { print $column }' <<<"$TOOLS"; }

# The tools of this run.
choose() {
    local tool
    for tool in $(tools); do
        [[ -z $only || ,$only, == *,$tool,* ]] || continue
        if [[ $tool == dehusk ]] && ! has_html_model; then
            say "dehusk is left out: models/html.toml does not exist"
            continue
        fi
        echo "$tool"
    done
}

check_names() {
    local name
    for name in ${only//,/ }; do
        tools | grep -qxF -- "$name" || { say "no tool $name; there are:" $(tools); exit 1; }
    done
}

# Every version is pinned, so pip has nothing to resolve.
install_python() {
    cmp -s "$here/requirements.txt" "$work/venv/installed.txt" && return
    python3 -m venv --clear "$work/venv"
    "$python" -m pip install --quiet --no-deps -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/venv/installed.txt"
}

install_rust() {
    local features=()
    has_html_model || features=(--no-default-features)
    (cd "$here/rust" && cargo build --release --quiet --target-dir "$work/target" "${features[@]}")
}

prepare() {
    local input=$made/inputs/$1.jsonl
    [[ -s $input ]] && return
    "$python" "$here/prepare.py" "$1" "$shared/corpora" "$input.part" ${limit:+--limit "$limit"}
    mv "$input.part" "$input"
}

# tool, corpus, output, times
run() {
    local input=$made/inputs/$2.jsonl
    case $(column "$1" 2) in
        python) "$python" "$here/peers.py" "$1" "$input" "$3" "$4" ;;
        rust) "$peers" "$1" "$input" "$3" "$4" ;;
    esac
}

# What a tool keeps of a corpus, at WORK/TOOL/CORPUS.jsonl.
predict() {
    local kept=$made/$1/$2.jsonl
    [[ -s $kept ]] && return
    mkdir -p "$made/$1"
    say "$1 on $2"
    if [[ $1 == dehusk ]]; then
        predict_dehusk "$2" "$kept.part"
    else
        run "$1" "$2" "$kept.part" "$made/$1/$2.times.json"
    fi
    mv "$kept.part" "$kept"
}

# dehusk's default HTML model has seen the pages of some corpora: there each page is cleaned by the fold model that has
# not seen its outlet. benches/quality.sh does the same for text.
predict_dehusk() {
    local model=(--model "$work/html.json")
    case $1 in
        wcxb | trafilatura-eval) model=(--folds "$work/folds") ;;
    esac
    train_dehusk
    "$work/dehusk-target/release/dehusk" clean --container jsonl --column html --markup html --drop-source \
        "${model[@]}" "$made/inputs/$1.jsonl" >"$2"
}

train_dehusk() {
    [[ -d $work/folds ]] && return
    say "training dehusk with its fold models"
    rm -rf "$work/folds.part"
    (cd "$main" && cargo build --release --quiet --target-dir "$work/dehusk-target")
    "$work/dehusk-target/release/dehusk" train "$main/models/html.toml" --corpora "$shared/corpora" \
        --out "$work/html.json" --folds-out "$work/folds.part" >"$work/train.txt"
    mv "$work/folds.part" "$work/folds"
}

score() {
    local kept=$made/$1/$2.jsonl scores=$made/$1/$2.score.json
    [[ -s $scores && $scores -nt $kept ]] && return
    "$python" "$shared/score.py" score "$2" "$kept" --root "$shared/corpora" --json ${limit:+--limit "$limit"} >"$scores.part"
    mv "$scores.part" "$scores"
}

# One round of a tool, with the baseline right before it: a machine that others use is not the same an hour later.
measure() {
    local times=$made/speed/$1.$2
    [[ -s $times.json ]] && return
    say "speed of $1, round $2"
    if [[ $1 != "$BASELINE" ]]; then
        run "$BASELINE" "$SPEED_CORPUS" /dev/null "$times.baseline"
    fi
    run "$1" "$SPEED_CORPUS" /dev/null "$times.part"
    mv "$times.part" "$times.json"
}

check_names
mapfile -t chosen < <(choose)
install_python
install_rust
for corpus in "${CORPORA[@]}"; do
    prepare "$corpus"
    for tool in "${chosen[@]}"; do
        predict "$tool" "$corpus"
        score "$tool" "$corpus"
    done
done
for ((round = 1; round <= REPEATS; round++)); do
    for tool in "${chosen[@]}"; do
        [[ $round -gt 1 && $(column "$tool" 3) == slow ]] || measure "$tool" "$round"
    done
done
"$python" "$here/table.py" "$made" $(tools)
