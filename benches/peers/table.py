#!/usr/bin/env python3
"""Prints what run.sh found as a Markdown table, and how to read it.

  table.py WORK TOOL...    tools without scores in WORK are left out

Reads WORK/TOOL/CORPUS.score.json (of score.py), WORK/TOOL/CORPUS.times.json and WORK/speed/TOOL.ROUND.json with the
baseline measured right before it, TOOL.ROUND.baseline; it must not know how they were made.
"""
import json
import sys
from pathlib import Path
from statistics import median

# Title, corpus, and the group of pages within it.
COLUMNS = [
    ("WCXB", "wcxb", None),
    ("articles", "wcxb", "article"),
    ("forums", "wcxb", "forum"),
    ("listings", "wcxb", "listing"),
    ("products", "wcxb", "product"),
    ("trafilatura-eval", "trafilatura-eval", None),
    ("DAnIEL", "daniel", None),
    ("el", "daniel", "Greek"),
    ("en", "daniel", "English"),
    ("pl", "daniel", "Polish"),
    ("ru", "daniel", "Russian"),
    ("zh", "daniel", "Chinese"),
    ("zh-news", "zh-news", None),
]
CORPORA = list(dict.fromkeys(corpus for _, corpus, _ in COLUMNS))

# Why a figure is higher than pages from elsewhere would give; the mark stands at the figure.
MARKS = {
    "°": "trained on other outlets of this corpus: each page is cleaned by a model that has not seen its outlet",
    "†": "trained on these very pages",
    "‡": "the gold was made with its help: 525 of 1497 gold texts of WCXB were drafted from its output, and favour it",
    "§": "its own evaluation set, or that of what it is a port of",
}
BIASED = {
    ("dehusk", "wcxb"): "°",
    ("dehusk", "trafilatura-eval"): "°",
    ("chromerag", "wcxb"): "†",
    ("rs-trafilatura", "wcxb"): "‡",
    **{(tool, "trafilatura-eval"): "§" for tool in (
        "trafilatura", "trafilatura-fast", "rs-trafilatura", "trafilatura-crate", "trafilatura-crate-fallback")},
}

NOTES = """\
Word F1 a page, averaged; trafilatura-eval by snippets (F1 over all of them). dehusk trains nothing on DAnIEL and zh-news.
Speed: extraction alone on the WCXB pages, one thread; `×` compares with Resiliparse measured right before: the median
(and the range) of the rounds."""


def read(path):
    """A JSON file; None when it was not made."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


class Row:
    """What is known of one tool."""

    def __init__(self, work, tool):
        self.tool = tool
        self.scores = {corpus: read(work / tool / f"{corpus}.score.json") for corpus in CORPORA}
        self.times = {corpus: read(work / tool / f"{corpus}.times.json") for corpus in CORPORA}
        self.rounds = [(read(path), read(path.with_suffix(".baseline")))
                       for path in sorted((work / "speed").glob(f"{tool}.*.json"))]

    def title(self):
        """Package, version and mode, as the driver that ran it said."""
        reports = [report for report in [*(run for run, _ in self.rounds), *self.times.values()] if report]
        return reports[0]["tool"] if reports else self.tool

    def figure(self, corpus, group):
        """F1 of a corpus or of a group of its pages; None when it is not known."""
        scores = self.scores[corpus]
        if scores is None or group is None:
            return scores and scores["f1"]
        return scores["types"].get(group, {}).get("f1")

    def mark(self, corpus):
        return BIASED.get((self.tool, corpus), "")

    def speed(self):
        """MB/s of HTML, and the ratio to the baseline of the same round: medians, and the range of the ratio."""
        if not self.rounds:
            return "", ""
        rates = [rate(run) for run, _ in self.rounds]
        ratios = [rate(run) / rate(baseline or run) for run, baseline in self.rounds]
        low, middle, high = (significant(figure) for figure in (min(ratios), median(ratios), max(ratios)))
        return significant(median(rates)), f"{middle}×" + (f" ({low}–{high})" if low != high else "")

    def failures(self):
        return sum(report["failures"] for report in self.times.values() if report)


def rate(report):
    """MB/s of HTML."""
    return report["bytes"] / 1e6 / report["seconds"]


def significant(number):
    """About two significant digits, never with an exponent."""
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}" if number >= 1 else f"{number:.2f}"


def cell(row, corpus, group):
    figure = row.figure(corpus, group)
    return "" if figure is None else f"{figure:.3f}".removeprefix("0") + row.mark(corpus)


def lines(rows):
    """The table, line by line."""
    yield "| " + " | ".join(["tool", *(title for title, _, _ in COLUMNS), "MB/s", "speed"]) + " |"
    yield "|---|" + "--:|" * (len(COLUMNS) + 2)
    for row in rows:
        figures = [cell(row, corpus, group) for _, corpus, group in COLUMNS]
        yield "| " + " | ".join([row.title(), *figures, *row.speed()]) + " |"


def notes(rows):
    """What a reader must know to read the table."""
    yield NOTES
    used = {row.mark(corpus) for row in rows for corpus in CORPORA}
    yield from (f"{mark} {meaning}." for mark, meaning in MARKS.items() if mark in used)
    failed = [f"{row.title()} {row.failures()}" for row in rows if row.failures()]
    if failed:
        yield f"Pages on which a tool failed, scored as empty: {', '.join(failed)}."


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    work, *tools = sys.argv[1:]
    rows = [Row(Path(work), tool) for tool in tools]
    rows = [row for row in rows if any(row.scores.values())]
    print("\n".join(lines(rows)))
    print()
    print("\n".join(notes(rows)))


if __name__ == "__main__":
    main()
