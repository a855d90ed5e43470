"""Writes the pages that tests/label.sh labels: `sources.py FOLDER`."""

import pathlib
import sys

TOPICS = ["tram", "bridge", "library", "harbour", "school", "mill", "market", "theatre"]

HOSTILE = """Home | News | <b>Sport</b>
<script>document.title = "owned"; fetch("http://evil.example/")</script>
<img src="http://evil.example/x.png" onerror="document.title='owned'">
The council met on Tuesday and spoke about the page that writes its own tags, which it found amusing.
© 2024 Example Times. All rights reserved."""


def text(number, topic):
    return f"""Home | News | Sport | Weather
{topic.capitalize()} plans go ahead
By Ellen Marsh, {number + 1} May 2021

The council voted on Monday to build a new {topic}, after {number + 3} years of talks with the people who live beside it.

It will cost {number + 2} million and is to be ready in two years, the mayor said, unless the river rises again.

Length in metres: {number + 4}00
Builder: Marsh and Sons
Open from: spring 2023
Distance to the river: {number + 1} km

Dear readers, our {topic} notes are written by neighbours, for neighbours, and that is how we mean to go on.
Share on Facebook
Read more: the ten best {topic}s
Sign up for our newsletter
© 2024 Example Times. All rights reserved."""


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
for number, topic in enumerate(TOPICS):
    (folder / f"{number:02}-{topic}.txt").write_text(text(number, topic))
(folder / "hostile.txt").write_text(HOSTILE)
(folder / "page.html").write_text(
    "<html lang=en><nav><a href=/>Home</a> <a href=/s>Sport</a></nav><h1>Bridge closed</h1>"
    "<p>The council voted on Monday to close the old bridge, after inspectors had found cracks.</p>"
    "<footer>&copy; All rights reserved</footer></html>"
)
