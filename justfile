# What is done often. `.ci/run` is what must pass, and needs nothing but cargo.

# The folder that holds the public corpora: `just corpora=/data/corpora train`.
corpora := env("DEHUSK_CORPORA", "corpora")

# Corpora that train nothing.
held_out := "readability daniel zh-news blocks"

# Lists the recipes.
default:
    @just --list

# Builds the program.
build:
    cargo build --release

# Runs all tests.
test:
    cargo test

# Tries the label page in headless Chromium, which is installed where it is absent; leaves screenshots.
test-label screenshots="target/label-screenshots":
    tests/label.sh "{{screenshots}}"

# Checks format, lints, docs, fixtures, and the dependencies' licences and advisories.
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
    cargo run --quiet -- lint training-data
    cargo deny check

# Trains the model of the fixtures alone and checks its floors; writes nothing into the repository.
train-fixtures:
    mkdir -p target/models
    cargo run --release -- train models/fixtures.toml --out target/models/fixtures.json

# Trains the embedded model again (needs the public corpora).
train:
    cargo run --release -- train models/text.toml --corpora "{{corpora}}"

# Writes a public corpus as labelled JSONL: `just import wcxb markdown`.
import corpus rendering="lines":
    mkdir -p target/import
    cargo run --release -- import {{corpus}} "{{corpora}}" --rendering {{rendering}} \
        --output target/import/{{corpus}}.{{rendering}}.jsonl

# Measures speed.
bench *arguments:
    cargo bench --bench clean -- {{arguments}}

# Fuzzes `clean` (needs cargo-fuzz and a nightly toolchain).
fuzz seconds="60":
    cargo +nightly fuzz run clean -- -max_total_time={{seconds}}

# Measures the embedded model on the corpora that train nothing (needs the public corpora).
quality:
    #!/usr/bin/env bash
    set -euo pipefail
    for corpus in {{held_out}}; do
        just corpora="{{corpora}}" import "$corpus"
        cargo run --release -- evaluate "target/import/$corpus.lines.jsonl" --errors 0
    done
