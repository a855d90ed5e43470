"""Drives the label page in headless Chromium over the DevTools protocol, with nothing but Python's own library.

`drive.py BROWSER URL LABELLED SCREENSHOTS first|second`: the second part runs after the server was killed.
"""

import base64
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

WAIT = 20.0  # seconds until something must have happened


class Socket:
    """A WebSocket that sends and receives texts."""

    def __init__(self, url):
        parts = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=WAIT)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head, head

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(head + mask + masked)

    def take(self, size):
        while len(self.buffer) < size:
            more = self.socket.recv(1 << 16)
            assert more, "the browser has closed the connection"
            self.buffer += more
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def receive(self):
        text = b""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.take(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.take(8))
            data = self.take(size)
            if first & 0x0F in (0, 1):
                text += data
                if first & 0x80:
                    return text.decode()


class Browser:
    """One tab of a headless Chromium."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
             "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", f"--user-data-dir={self.folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        port = pathlib.Path(self.folder.name, "DevToolsActivePort")
        until(lambda: port.exists() and "\n" in port.read_text(), "the browser gives no port")
        root = f"http://127.0.0.1:{port.read_text().split()[0]}"
        tabs = json.load(urllib.request.urlopen(f"{root}/json/list"))
        self.socket = Socket(next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"])
        self.count, self.asked, self.complaints = 0, [], []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == self.count:
                assert "error" not in message, (method, message)
                return message["result"]
            self.note(message)

    def note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"])[:500])

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, (script, result["exceptionDetails"])
        return result["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url=url)

    def key(self, key, shift=False):
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        common = {"key": key, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def look(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def shoot(self, path):
        time.sleep(0.4)
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def until(holds, what):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(what)


class Label:
    """The page, with words for what a person does on it."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url

    def open(self, name=""):
        self.browser.open("about:blank")
        self.browser.open(self.url + ("#" + urllib.parse.quote(name, safe="") if name else ""))
        ready = "!!document.querySelector('.block') && !!document.querySelector('#rows button')"
        until(lambda: self.browser.run(ready), "no document is shown")

    def told(self, part):
        until(lambda: part in self.browser.run("document.getElementById('told').textContent"), f"nothing says {part!r}: "
              + self.browser.run("document.getElementById('told').textContent"))

    def key(self, key, told=None, shift=False):
        self.browser.run("document.getElementById('told').textContent = ''")
        self.browser.key(key, shift)
        if told:
            self.told(told)

    def block(self, part):
        """What is shown of the block that holds a text: label, reason, whether it is marked, its position."""
        script = f"""(() => {{
            const block = [...document.querySelectorAll('.block')].find((one) => one.textContent.includes({json.dumps(part)}));
            return block && [block.dataset.label, block.querySelector('.why').textContent,
                block.classList.contains('marked'), Number(block.dataset.at)];
        }})()"""
        return self.browser.run(script)

    def choose(self, part):
        at = self.block(part)[3]
        self.browser.run(f"document.getElementById('block-{at}').click()")

    def name(self):
        return self.browser.run("document.getElementById('name').textContent")

    def tints(self):
        return self.browser.run("[...document.querySelectorAll('.block .p')].map((one) => one.textContent).join()")


def fixtures(folder):
    return {path.name: path.read_text() for path in pathlib.Path(folder).rglob("*.txt")}


def first(browser, page, url, labelled, shots):
    page.open()
    docs = browser.run("document.querySelectorAll('#rows button').length")
    assert docs == 10, docs
    # The most uncertain document and block are chosen.
    until(lambda: browser.run("document.getElementById('judged').textContent") == "", "judging does not end")
    doubts = until(lambda: browser.run("[...document.querySelectorAll('#rows .doubt')].map((one) => parseInt(one.textContent))"), "")
    assert doubts == sorted(doubts, reverse=True), doubts
    # Markup in a text is text.
    name = browser.run("[...document.querySelectorAll('#rows .id')].map((one) => one.textContent).find((id) => id.includes('hostile'))")
    page.open(name)
    until(lambda: page.name() == name, "the address names the document")
    assert page.block("fetch(")[3] == 1 and browser.run("document.title") == "dehusk label"
    assert browser.run("document.querySelectorAll('.block script, .block img, .block b').length") == 0
    browser.shoot(f"{shots}/hostile.png")
    print("opened; scripts and images of documents are text")

    tram = name.replace("hostile", "00-tram")
    page.open(tram)
    until(lambda: page.name() == tram, "")
    page.choose("By Ellen Marsh")
    before = page.block("By Ellen Marsh")[0]
    page.key(" ", "Saved")
    flipped = page.block("By Ellen Marsh")
    assert flipped[0] != before and flipped[2], (before, flipped)
    page.key("m", "meta")
    assert page.block("By Ellen Marsh")[:3] == ["boilerplate", "meta", True]
    page.key("u", "Taken back")
    assert page.block("By Ellen Marsh")[0] == flipped[0]
    page.key("u", "Taken back")
    assert page.block("By Ellen Marsh")[:3:2] == [before, False]
    page.key("m", "meta")
    print("flipped, given a reason, taken back")

    page.choose("Share on Facebook")
    page.key("ArrowDown", shift=True)
    page.key("ArrowDown", shift=True)
    page.key("7", "3 blocks")
    for part in ("Share on", "Read more", "newsletter"):
        assert page.block(part)[:3] == ["boilerplate", "related", True], part
    page.choose("The council voted")
    page.key("c", "content")
    text = next(text for name, text in fixtures(labelled).items() if "tram" in name)
    assert "- [meta] By Ellen Marsh" in text and "+ The council voted" in text and "? Home" in text, text
    print("range marked; the fixture is written")

    low = []
    for width, height, scheme in [(1280, 860, "light"), (1280, 860, "dark"), (400, 860, "light"), (400, 860, "dark")]:
        browser.look(width, height, scheme)
        browser.shoot(f"{shots}/{scheme}-{width}.png")
        wide = browser.run("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide at {width}"
        low += [f"{scheme}: {text}" for text in [low_contrast(browser)] if text]
    browser.look(400, 860, "light")
    browser.run("document.getElementById('drawer').open = true; scrollTo(0, 0)")
    browser.shoot(f"{shots}/light-400-list.png")
    browser.look(1280, 860, "light")
    page.key("h")
    browser.shoot(f"{shots}/keys.png")
    browser.run("document.getElementById('keys').close()")
    assert not low, low
    print("fits 400 pixels; contrast of texts is 4.5 or more in light and dark")


def low_contrast(browser):
    """Texts whose contrast with what is behind them is under 4.5 (WCAG AA)."""
    return browser.run("""(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const rgb = (colour, under) => {
            canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        };
        const css = (parts) => `rgb(${parts.join(" ")})`;
        const behind = (one) => one ? css(rgb(getComputedStyle(one).backgroundColor, behind(one.parentElement))) : "white";
        const light = (parts) => parts.map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
        const low = [];
        for (const one of document.querySelectorAll("body *")) {
            const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!own || !one.checkVisibility() || one.disabled || one.closest("kbd, .skip, option")) continue;
            const ground = behind(one);
            const pair = [light(rgb(getComputedStyle(one).color, ground)), light(rgb(ground, "white"))].sort((a, b) => b - a);
            const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
            if (contrast < 4.5) low.push(`${contrast.toFixed(2)} ${one.className} ${one.textContent.slice(0, 30)}`);
        }
        return low.join("; ");
    })()""")


def second(browser, page, url, labelled, shots):
    browser.look(1280, 860, "light")
    name = None
    page.open()
    name = browser.run("[...document.querySelectorAll('#rows .id')].map((one) => one.textContent).find((id) => id.includes('tram'))")
    page.open(name)
    until(lambda: page.name() == name, "")
    assert page.block("By Ellen Marsh")[:3] == ["boilerplate", "meta", True]
    assert page.block("Read more")[:3] == ["boilerplate", "related", True]
    assert page.block("The council voted")[:3] == ["content", "", True]
    print("nothing was lost when the server was killed")

    # Husk that the model keeps, marked in every document: adapting must help.
    names = browser.run("[...document.querySelectorAll('#rows .id')].map((one) => one.textContent)")
    for name in sorted(name for name in names if "hostile" not in name and not name.endswith(".html")):
        page.open(name)
        until(lambda: page.name() == name, "")
        for part, key in [("Dear readers", "4"), ("plans go ahead", "i"), ("The council", "c"), ("It will cost", "c"),
                          ("By Ellen", "m"), ("Length in", "o"), ("Builder:", "o"), ("Open from", "o"),
                          ("Distance", "o"), ("Home |", "1"), ("Share on", "2"), ("Sign up", "5"), ("Read more", "7")]:
            page.choose(part)
            page.key(key, "Saved")
        page.key("Enter", "")
        until(lambda: page.name() != name or page.browser.run("document.getElementById('told').textContent"), "")
    tints = (page.open(sorted(names)[0]), page.tints())[1]
    browser.run("document.getElementById('adapt').click()")
    page.told("page F1")
    told = browser.run("document.getElementById('told').textContent")
    print(told)
    model = pathlib.Path(labelled) / "adapted-text.json"
    assert " adapted: " in told and f"Written to {model}." in told, told
    assert json.loads(model.read_text())["adapted"]["documents"] == 8
    assert str(model) in browser.run("document.getElementById('written').textContent")
    until(lambda: page.tints() != tints, "blocks take the colours of the model in use")
    browser.shoot(f"{shots}/adapted.png")

    exported = browser.run(f"fetch('export/label-studio').then((answer) => answer.json()).then((tasks) => tasks.length)")
    assert exported == 8, exported
    lines = browser.run("fetch('export/doccano').then((answer) => answer.text())").splitlines()
    assert len(lines) == 8 and json.loads(lines[0])["label"], lines[:1]
    print("exported")


def main():
    program, url, labelled, shots, part = sys.argv[1:]
    browser = Browser(program)
    try:
        browser.look(1280, 860, "light")
        {"first": first, "second": second}[part](browser, Label(browser, url), url, labelled, shots)
        own = ("about:blank", "data:,", url)
        foreign = [asked for asked in browser.asked if not asked.startswith(own)]
        assert not foreign, f"asked for {foreign}"
        assert not browser.complaints, browser.complaints
        print(f"{len(browser.asked)} requests, all to the page's own address")
    finally:
        browser.close()


main()
