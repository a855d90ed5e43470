#!/usr/bin/env python3
"""Runs one Python peer over the pages of a corpus: one thread, in memory, only the extraction on the clock.

  peers.py NAME INPUT.jsonl OUTPUT.jsonl TIMES.json

INPUT has {"id", "html"} a line, and "language" where it is known; OUTPUT gets {"id", "content"}, empty where the peer
failed; TIMES gets {"tool", "pages", "bytes", "seconds", "failures"}. Peers run with their default options and without
the page's address, except where a row of PEERS says otherwise. score.py must be on PYTHONPATH.
The Rust peers are run by rust/, with the same contract.
"""
import json
import logging
import re
import sys
import time
import warnings
from functools import cache
from importlib.metadata import version
from typing import Any, Callable, NamedTuple

WARM_UP = {"html": "<html><body><p>The first page pays for what a peer loads when it is first called.</p></body></html>"}


class Extractor(NamedTuple):
    """How a loaded peer is called."""

    extract: Callable[[dict], Any]
    """Record to whatever the peer returns; this is what is timed."""
    text: Callable[[Any], str] = lambda result: result or ""
    """What the peer returns to plain text; not timed, for it is ours."""


class Peer(NamedTuple):
    """A row of PEERS."""

    package: str
    """Its name on PyPI."""
    mode: str
    """What tells it from the package's other rows; empty for the default."""
    load: Callable[[], Extractor]
    """Imports the package, which only this peer's run pays for."""


def resiliparse():
    from resiliparse.extract.html2text import extract_plain_text

    return Extractor(lambda page: extract_plain_text(page["html"], main_content=True))


def keep_all():
    from resiliparse.extract.html2text import extract_plain_text

    return Extractor(lambda page: extract_plain_text(page["html"]))


def trafilatura():
    from trafilatura import extract

    return Extractor(lambda page: extract(page["html"]))


def trafilatura_fast():
    from trafilatura import extract

    return Extractor(lambda page: extract(page["html"], fast=True))


def readability_lxml():
    from readability import Document
    from score import full_text

    return Extractor(lambda page: Document(page["html"]).summary(), full_text)


def justext():
    from justext import justext

    def text(paragraphs):
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return Extractor(lambda page: justext(page["html"], **stop_words(language(page))), text)


def chromerag():
    from chromerag import ChromeRAG

    tool = ChromeRAG()
    return Extractor(lambda page: tool.extract(page["html"]), lambda result: plain(body(result)))


PEERS = {
    "resiliparse": Peer("Resiliparse", "main content", resiliparse),
    "keep-all": Peer("Resiliparse", "full text", keep_all),
    "trafilatura": Peer("trafilatura", "", trafilatura),
    "trafilatura-fast": Peer("trafilatura", "fast", trafilatura_fast),
    "readability-lxml": Peer("readability-lxml", "", readability_lxml),
    "justext": Peer("jusText", "", justext),
    "chromerag": Peer("chromerag", "", chromerag),
}


# --- jusText: a stop list for every page ------------------------------------------------------------
DECLARED = re.compile(r"<html\b[^>]*?\blang\s*=\s*[\"']?([a-z]{2})\b", re.IGNORECASE)
LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "zh": "Chinese",
}


def language(page):
    """What the corpus, else the page itself, says of its language; None when neither does."""
    declared = DECLARED.search(page["html"])
    return page.get("language") or (LANGUAGES.get(declared[1].lower()) if declared else None)


@cache
def stop_words(name):
    """jusText's list of a language; all its lists joined when the language is not known. A language it has no list of
    (Chinese, Japanese, Thai) gets what its own command line calls the language-independent mode."""
    from justext import get_stoplist, get_stoplists

    if name is None:
        return {"stoplist": frozenset().union(*map(get_stoplist, get_stoplists()))}
    if name in get_stoplists():
        return {"stoplist": get_stoplist(name)}
    return {"stoplist": frozenset(), "stopwords_low": 0, "stopwords_high": 0}


# --- chromerag: Markdown to text ----------------------------------------------------------------------
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n\n", re.DOTALL)
MARKS = re.compile(r"^[ \t]*(?:#{1,6} |> |- |```.*$)|[*`|]", re.MULTILINE)


def body(result):
    """The Markdown without the metadata before it, which chromerag's own evaluation leaves out too."""
    return FRONT_MATTER.sub("", result.markdown) if result.front_matter else result.markdown


def plain(markdown):
    """Markdown without its marks, so that a snippet with an emphasised word is still found."""
    return MARKS.sub("", markdown)


# --- the run --------------------------------------------------------------------------------------------
def run(peer, pages, output):
    """Extracts every page, writes what came out, and gives the times."""
    extractor = peer.load()
    timed(extractor, WARM_UP)
    count = size = failures = 0
    seconds = 0.0
    for page in pages:
        content, took = timed(extractor, page)
        count, size, seconds = count + 1, size + len(page["html"].encode()), seconds + took
        failures += content is None
        output.write(json.dumps({"id": page["id"], "content": content or ""}, ensure_ascii=False) + "\n")
    return {"tool": title(peer), "pages": count, "bytes": size, "seconds": seconds, "failures": failures}


def timed(extractor, page):
    """Text of a page, None when the peer failed, and the seconds its extraction took."""
    start = time.perf_counter()
    try:
        result = extractor.extract(page)
    except Exception:
        return None, time.perf_counter() - start
    took = time.perf_counter() - start
    return encodable(extractor.text(result)), took


def encodable(text):
    """A lone surrogate, which some peers make of a character reference, cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def title(peer):
    """Package, version and mode: what the table calls it."""
    return f"{peer.package} {version(peer.package)}" + (f" ({peer.mode})" if peer.mode else "")


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in PEERS:
        sys.exit(f"{__doc__}\nNAME: {' '.join(PEERS)}")
    name, source, target, times = sys.argv[1:]
    logging.disable()
    warnings.simplefilter("ignore")
    with open(source, encoding="utf-8", newline="\n") as lines, open(target, "w", encoding="utf-8") as output:
        report = run(PEERS[name], map(json.loads, lines), output)
    with open(times, "w", encoding="utf-8") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main()
