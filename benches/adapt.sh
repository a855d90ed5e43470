#!/usr/bin/env bash
# The table of new outlets: what unlabelled pages of an outlet, and few labelled ones, are worth on its other pages.
#
#   benches/adapt.sh DIR [WORK]    DIR holds corpora/ with daniel and zh-news; WORK keeps what is made
#
# Neither corpus trains anything but the adapted models of this table.
set -euo pipefail
shared=$(cd "${1:?the folder that holds corpora/}" && pwd)
work=${2:-$(mktemp -d)}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$work"

cargo build --release --example new_outlets --bin dehusk
target=${CARGO_TARGET_DIR:-target}/release
for form in lines html; do
    base=text
    [[ $form == html ]] && base=html
    for corpus in daniel zh-news; do
        [[ -s $work/$corpus.$form.jsonl ]] ||
            "$target/dehusk" import "$corpus" "$shared/corpora" --rendering "$form" --output "$work/$corpus.$form.jsonl"
    done
    echo "== $base"
    "$target/examples/new_outlets" "$base" "$work"/{daniel,zh-news}."$form.jsonl"
done
