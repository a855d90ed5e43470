#!/usr/bin/env python3
"""Writes the pages of a labelled corpus as JSONL, with the page's language where the corpus knows it.

  prepare.py CORPUS CORPORA OUTPUT.jsonl [--limit N]

A line is {"id", "outlet", "language" (English name, may be absent), "html"}. The corpora are read by score.py, which
must be on PYTHONPATH; this file must not know how they are stored.
"""
import argparse
import json
from itertools import islice
from pathlib import Path

import score

# What the corpus says of a page's language; DAnIEL groups its pages by it.
LANGUAGE = {"daniel": lambda gold: gold["type"], "zh-news": lambda gold: "Chinese"}


def records(corpus, root, limit):
    """The pages of a corpus as records, in the order in which score.py reads them."""
    known = LANGUAGE.get(corpus)
    for key, outlet, source, gold in islice(score.CORPORA[corpus](root), limit):
        language = {"language": known(gold)} if known else {}
        yield {"id": key, "outlet": outlet, **language, "html": source()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpus", choices=sorted(score.CORPORA))
    arguments.add_argument("root", type=Path)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--limit", type=int)
    given = arguments.parse_args()
    with open(given.output, "w", encoding="utf-8") as output:
        for record in records(given.corpus, given.root, given.limit):
            output.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
