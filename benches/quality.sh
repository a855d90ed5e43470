#!/usr/bin/env bash
# The figures of the README: trains the default models with their fold models, cleans every shared corpus with models that
# have not seen its outlets, and scores what is kept: pages as plain text, and as they are.
#
#   benches/quality.sh DIR [WORK]    DIR holds score.py and corpora/; WORK keeps what is made (default: a new folder)
#
# Needs python3, and for the already extracted inputs the Python package trafilatura.
set -euo pipefail
shared=$(cd "${1:?the folder that holds score.py and corpora/}" && pwd)
work=${2:-$(mktemp -d)}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$work"

cargo build --release
dehusk=${CARGO_TARGET_DIR:-target}/release/dehusk
for model in text html; do
    [[ -d $work/$model-folds ]] || "$dehusk" train "models/$model.toml" --corpora "$shared/corpora" \
        --out "$work/$model.json" --folds-out "$work/$model-folds" >"$work/$model.txt"
    grep -E '^(corpus|membership|tag hard-negative|page F1|calibration)' "$work/$model.txt"
done

# corpus, form, and the model: fold models where the corpus was trained on, else the whole one.
measure() {
    local input=$work/$1.$2.jsonl output=$work/$1.$2.kept.jsonl markup=text
    [[ $2 == html ]] && markup=html
    [[ -s $input ]] || python3 "$shared/score.py" prepare "$1" "$input" --as "$2"
    "$dehusk" clean --container jsonl --drop-source --markup "$markup" "${@:3}" "$input" >"$output"
    printf '%s as %s: ' "$1" "$2"
    python3 "$shared/score.py" score "$1" "$output" --per-type --input "$input"
}

# The same input cleaned by rules, to compare with.
presets() {
    local preset
    for preset in keep-all c4 refinedweb; do
        printf '%s: ' "$preset"
        measure "$1" "$2" --preset "$preset"
    done
}

for corpus in wcxb trafilatura-eval; do
    for form in text extracted; do
        measure "$corpus" "$form" --folds "$work/text-folds"
        presets "$corpus" "$form"
    done
done
for corpus in daniel zh-news blocks; do
    measure "$corpus" text --model "$work/text.json"
    presets "$corpus" text
done
for corpus in wcxb trafilatura-eval; do
    measure "$corpus" html --folds "$work/html-folds"
done
for corpus in daniel zh-news; do
    measure "$corpus" html --model "$work/html.json"
done
