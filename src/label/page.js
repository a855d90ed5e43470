// The page: shows blocks, turns keys into marks, and tells the server of each at once.
// Texts of documents are only ever set as textContent.
"use strict";

const $ = (id) => document.getElementById(id);
const GLYPHS = { content: "+", boilerplate: "−", ignore: "?" };
const REASON_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "m", "o"];
// Where the list lies over the document, as in page.css.
const NARROW = "(max-width: 700px)";
// Blocks added to the page in one go: the first screen is there at once, however long the document is.
const CHUNK = 400;

// What is shown. `cursor` and `anchor` bound the selected range.
const state = {
  document: null, row: null, lines: [], reasons: [], cursor: 0, anchor: 0,
  order: { wanted: "todo", find: "", skip: 0 }, busy: false, judged: -1, filling: 0,
};

// ---- asking the server -------------------------------------------------------------------------------------------

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer: is dehusk label still running? What was marked before is kept.");
  }
  if (!response.ok) {
    const what = await response.json().catch(() => ({}));
    throw new Error(what.error || `The server says ${response.status}.`);
  }
  return response.json();
}

// One change after the other: answers arrive in the order of the keys.
let queue = Promise.resolve();
function inTurn(work) {
  queue = queue.then(work).catch((error) => tell(error.message, true));
  return queue;
}

function tell(text, bad = false) {
  $("told").textContent = text;
  $("told").classList.toggle("bad", bad);
}

// ---- the list of documents ---------------------------------------------------------------------------------------

async function loadRows() {
  const query = new URLSearchParams(state.order);
  const { rows, count, skip, page } = await ask(`api/documents?${query}`);
  $("rows").replaceChildren(...rows.map(rowElement));
  $("count").textContent = `(${count})`;
  $("where").textContent = count ? `${skip + 1}–${Math.min(skip + page, count)} of ${count}` : "none";
  $("before").disabled = skip === 0;
  $("after").disabled = skip + page >= count;
  state.page = page;
  return rows;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function rowElement(row) {
  const item = element("li");
  const button = element("button");
  button.type = "button";
  button.dataset.document = row.document;
  fillRow(button, row);
  button.addEventListener("click", () => inTurn(() => openDocument(row.document, true)));
  item.append(button);
  return item;
}

function fillRow(button, row) {
  const id = element("span", "id");
  id.append(element("bdi", "", row.id));
  const doubt = row.doubt === null ? "" : `${Math.round(row.doubt * 100)} %`;
  const uncertain = element("span", "doubt", row.done ? "✓" : doubt);
  uncertain.title = row.done ? "done" : "uncertain words";
  const marked = row.blocks === null ? "not judged yet" : `${row.marked} of ${row.blocks} blocks marked`;
  const more = element("span", "more", row.failure || [row.outlet, row.language, marked].filter(Boolean).join(" · "));
  button.replaceChildren(id, uncertain, more);
  button.setAttribute("aria-current", String(row.document === state.document));
  button.setAttribute("aria-label",
    `${row.id}, ${row.outlet}, ${row.done ? "done" : `${doubt || "not judged"}, uncertain`}, ${marked}`);
}

function updateRow(row) {
  for (const button of $("rows").querySelectorAll("button")) {
    if (Number(button.dataset.document) === row.document) fillRow(button, row);
    else button.setAttribute("aria-current", String(Number(button.dataset.document) === state.document));
  }
}

function showProgress(progress) {
  $("bar").max = progress.documents || 1;
  $("bar").value = progress.done;
  $("done").textContent = `${progress.done} of ${progress.documents} documents done`;
  $("agreement").textContent = progress.compared
    ? `model agrees on ${progress.agreed} of ${progress.compared} blocks (${Math.round(100 * progress.agreed / progress.compared)} %)`
    : "";
  const waiting = progress.documents - progress.judged;
  $("judged").textContent = waiting ? `judging, ${waiting} to go` : "";
  $("undo").disabled = !progress.can_undo;
  $("written").textContent = progress.adapted.map(({ file }) => `Adapted model: ${file}`).join("\n");
  state.judged = progress.judged;
  return waiting;
}

// While documents are being judged the list is refreshed, so that the most uncertain ones come up.
async function watch() {
  try {
    const before = state.judged;
    const waiting = showProgress(await ask("api/progress"));
    if (state.judged !== before && !$("rows").contains(document.activeElement)) await loadRows();
    if (waiting) setTimeout(watch, 1500);
  } catch (error) {
    tell(error.message, true);
  }
}

// ---- a document --------------------------------------------------------------------------------------------------

async function openDocument(number, focus) {
  const shown = await ask(`api/documents/${number}`);
  state.document = number;
  state.row = shown.row;
  state.lines = shown.lines;
  if (!state.reasons.length) fillReasons(shown.reasons);
  $("name").textContent = shown.row.id;
  about();
  fillBlocks();
  updateRow(shown.row);
  showProgress(shown.progress);
  select(mostUncertain(-1), false);
  if (focus) {
    $("blocks").focus({ preventScroll: true });
    if (matchMedia(NARROW).matches) $("drawer").open = false;
  }
  location.hash = encodeURIComponent(shown.row.id);
}

function about() {
  const { outlet, language, blocks, marked, done } = state.row;
  const parts = [outlet, language, `${marked} of ${blocks} blocks marked`, done ? "done ✓" : "to do"];
  $("about").textContent = parts.filter(Boolean).join(" · ");
  $("confirm").firstChild.textContent = done ? "Not done " : "Done, next ";
}

function fillReasons(reasons) {
  state.reasons = reasons;
  $("reason").replaceChildren(...reasons.map((reason, at) => {
    const option = element("option", "", `${reason} (${REASON_KEYS[at]})`);
    option.value = reason;
    return option;
  }));
}

function fillBlocks() {
  const filling = ++state.filling;
  $("blocks").replaceChildren();
  $("blocks").scrollTop = 0;
  const fill = (from) => {
    if (filling !== state.filling) return;
    const part = state.lines.slice(from, from + CHUNK).map((line, at) => blockElement(line, from + at));
    $("blocks").append(...part);
    if (from + CHUNK < state.lines.length) setTimeout(fill, 0, from + CHUNK);
    else paintSelection();
  };
  fill(0);
}

function blockElement(line, at) {
  const block = element("div", "block");
  block.id = `block-${at}`;
  block.dataset.at = at;
  block.setAttribute("role", "option");
  const text = element("span", "text", line.text);
  text.dir = "auto";
  if (state.row.language) text.lang = state.row.language;
  block.append(element("span", "p"), element("span", "glyph"), text, element("span", "why"));
  paint(block, line);
  return block;
}

function paint(block, line) {
  const [label, reason] = line.mark || [line.predicted, line.predicted === "boilerplate" ? line.guessed : null];
  const percent = Math.round(line.probability * 100);
  block.dataset.label = label;
  block.classList.toggle("marked", line.mark !== null);
  block.classList.toggle("likely", line.probability >= 0.5);
  block.classList.toggle("unlike", line.mark !== null && label !== "ignore" && label !== line.predicted);
  block.style.setProperty("--strength", `calc(var(--most) * ${Math.abs(2 * line.probability - 1).toFixed(3)})`);
  const [p, glyph, , why] = block.children;
  p.textContent = `${percent} %`;
  glyph.textContent = GLYPHS[label];
  why.textContent = reason || "";
  const said = `${line.mark ? "marked" : "guessed"} ${label}${reason ? `, ${reason}` : ""}, probability ${percent} percent`;
  block.setAttribute("aria-label", `${said}: ${line.text.slice(0, 300)}`);
}

// ---- the selection -----------------------------------------------------------------------------------------------

function mostUncertain(but) {
  let best = 0, least = Infinity;
  state.lines.forEach((line, at) => {
    const certainty = Math.abs(2 * line.probability - 1) + (line.mark ? 10 : 0);
    if (at !== but && certainty < least) [best, least] = [at, certainty];
  });
  return best;
}

function select(at, extend) {
  if (!state.lines.length) return;
  state.cursor = Math.max(0, Math.min(at, state.lines.length - 1));
  if (!extend) state.anchor = state.cursor;
  paintSelection();
  $(`block-${state.cursor}`)?.scrollIntoView({ block: "nearest" });
}

function range() {
  return [Math.min(state.cursor, state.anchor), Math.max(state.cursor, state.anchor)];
}

let painted = [];
function paintSelection() {
  for (const block of painted) {
    block.classList.remove("cursor");
    block.setAttribute("aria-selected", "false");
  }
  const [first, last] = range();
  painted = [];
  for (let at = first; at <= last; at++) {
    const block = $(`block-${at}`);
    if (!block) continue;
    block.setAttribute("aria-selected", "true");
    block.classList.toggle("cursor", at === state.cursor);
    painted.push(block);
  }
  $("blocks").setAttribute("aria-activedescendant", `block-${state.cursor}`);
  const mark = state.lines[state.cursor]?.mark;
  const reason = mark?.[1] || state.lines[state.cursor]?.guessed;
  if (reason) $("reason").value = reason;
}

// ---- changes -----------------------------------------------------------------------------------------------------

function takeOver({ document: number, marks, row, progress }) {
  showProgress(progress);
  if (row) updateRow(row);
  if (number !== state.document) return;
  state.row = row;
  marks.forEach((mark, at) => {
    const line = state.lines[at];
    if (!line || JSON.stringify(line.mark) === JSON.stringify(mark)) return;
    line.mark = mark;
    const block = $(`block-${at}`);
    if (block) paint(block, line);
  });
  about();
  paintSelection();
}

function mark(value) {
  if (state.document === null || !state.lines.length) return;
  const [first, last] = range();
  const number = state.document;
  inTurn(async () => {
    takeOver(await ask("api/mark", { document: number, first, last, mark: value }));
    const count = last - first + 1;
    const what = value ? `${value[0]}${value[1] ? `, ${value[1]}` : ""}` : "not marked";
    tell(`${count === 1 ? `Block ${first + 1}` : `${count} blocks`}: ${what}. Saved.`);
  });
}

function flip() {
  const line = state.lines[state.cursor];
  if (!line) return;
  const label = line.mark ? line.mark[0] : line.predicted;
  mark([label === "content" ? "boilerplate" : "content", null]);
}

function undo() {
  inTurn(async () => {
    const changed = await ask("api/undo", {});
    if (changed.document === null) return tell("Nothing to take back.");
    if (changed.document !== state.document) await openDocument(changed.document, true);
    takeOver(changed);
    tell("Taken back. Saved.");
  });
}

function confirm() {
  if (state.document === null) return;
  const number = state.document;
  const done = !state.row.done;
  inTurn(async () => {
    takeOver(await ask("api/confirm", { document: number, done }));
    tell(done ? "Document done: the blocks you did not mark are what the model says. Saved." : "To do again. Saved.");
    const rows = await loadRows();
    const next = rows.find((row) => !row.done && row.document !== number && !row.failure);
    if (done && next) await openDocument(next.document, true);
    else if (done) tell("No document left to do in this list.");
  });
}

function step(by) {
  inTurn(async () => {
    const buttons = [...$("rows").querySelectorAll("button")];
    const at = buttons.findIndex((button) => Number(button.dataset.document) === state.document);
    const next = buttons[Math.max(0, Math.min(at + by, buttons.length - 1))];
    if (next) await openDocument(Number(next.dataset.document), true);
  });
}

function adapt() {
  if (state.busy) return;
  state.busy = true;
  $("adapt").disabled = true;
  tell("Adapting to the documents that are done …");
  inTurn(async () => {
    try {
      const { models, progress } = await ask("api/adapt", {});
      showProgress(progress);
      tell(models.length ? models.map(adaptedText).join(" ") : "No document is done yet: press Enter on some first.");
      if (state.document !== null) {
        const { cursor, anchor } = state;
        await openDocument(state.document, false);
        [state.cursor, state.anchor] = [cursor, anchor];
        paintSelection();
      }
      await loadRows();
      setTimeout(watch, 500);
    } finally {
      state.busy = false;
      $("adapt").disabled = false;
    }
  });
}

function adaptedText({ model, before, after, documents, file, error }) {
  if (error) return `${model} is not adapted, what judges stays the same: ${error}.`;
  const where = documents === 1
    ? "on the document itself: do a second one to know what that is worth"
    : `on each of ${documents} documents left out`;
  return `${model} adapted: page F1 ${before.toFixed(3)} before, ${after.toFixed(3)} after, ${where}. Written to ${file}.`;
}

// ---- keys --------------------------------------------------------------------------------------------------------

const KEYS = [
  [["ArrowDown", "j"], "next block", (event) => select(state.cursor + 1, event.shiftKey)],
  [["ArrowUp", "k"], "block before", (event) => select(state.cursor - 1, event.shiftKey)],
  [["Home"], "first block", (event) => select(0, event.shiftKey)],
  [["End"], "last block", (event) => select(state.lines.length - 1, event.shiftKey)],
  [["n"], "most uncertain block that is not marked", () => select(mostUncertain(state.cursor), false)],
  [["c", "+"], "content", () => mark(["content", null])],
  [["b", "-"], "boilerplate, with the reason there was or the guessed one", () => mark(["boilerplate", null])],
  [["i", "?"], "ignore: a careful person would argue about it", () => mark(["ignore", null])],
  [[" "], "flip content and boilerplate", flip],
  [["x", "Delete"], "take the mark away", () => mark(null)],
  [["u"], "undo (also Ctrl+Z)", undo],
  [["Enter"], "document done, on to the next (again: not done)", confirm],
  [["]"], "next document", () => step(1)],
  [["["], "document before", () => step(-1)],
  [["a"], "adapt the model to what is done, and write it to the output folder", adapt],
  [["h"], "these keys", () => $("keys").showModal()],
];

function keyName(key) {
  return { " ": "Space", ArrowDown: "↓", ArrowUp: "↑" }[key] || key;
}

function fillKeys() {
  const rows = KEYS.map(([keys, doc]) => [keys.map(keyName).join(" "), doc]);
  rows.splice(2, 0, ["Shift ↑ ↓", "select a range (also Shift and click)"]);
  const reasons = ["nav", "share", "cookie", "paywall", "newsletter", "ad", "related", "legal", "author", "comment", "meta", "other"];
  reasons.forEach((reason, at) => rows.push([REASON_KEYS[at], `boilerplate: ${reason}`]));
  $("keylist").replaceChildren(...rows.flatMap(([keys, doc]) => {
    const term = element("dt");
    term.append(...keys.split(" ").map((key) => element("kbd", "", key)));
    return [term, element("dd", "", doc)];
  }));
}

function onKey(event) {
  if (event.altKey || event.metaKey || $("keys").open) return;
  const target = event.target;
  const types = target.matches("input, select, textarea");
  if (event.ctrlKey) {
    if (event.key.toLowerCase() !== "z" || types) return;
    event.preventDefault();
    return undo();
  }
  if (types) return;
  // Buttons, links and menus keep the keys that work them.
  if (target.matches("button, a, summary") && [" ", "Enter"].includes(event.key)) return;
  const reason = REASON_KEYS.indexOf(event.key);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const found = KEYS.find(([keys]) => keys.includes(key));
  if (reason >= 0 && state.reasons[reason]) mark(["boilerplate", state.reasons[reason]]);
  else if (found) found[2](event);
  else return;
  event.preventDefault();
}

// ---- start -------------------------------------------------------------------------------------------------------

function listen() {
  document.addEventListener("keydown", onKey);
  $("blocks").addEventListener("click", (event) => {
    const block = event.target.closest(".block");
    if (!block) return;
    if (event.shiftKey) getSelection()?.removeAllRanges();
    select(Number(block.dataset.at), event.shiftKey);
    $("blocks").focus({ preventScroll: true });
  });
  $("blocks").addEventListener("dblclick", flip);
  for (const button of document.querySelectorAll("[data-label].block, .tools [data-label]")) {
    button.addEventListener("click", () => mark([button.dataset.label, null]));
  }
  $("reason").addEventListener("change", () => mark(["boilerplate", $("reason").value]));
  $("doubtful").addEventListener("click", () => select(mostUncertain(state.cursor), false));
  $("confirm").addEventListener("click", confirm);
  $("undo").addEventListener("click", undo);
  $("adapt").addEventListener("click", adapt);
  $("help").addEventListener("click", () => $("keys").showModal());
  $("wanted").addEventListener("change", () => reorder({ wanted: $("wanted").value }));
  $("find").addEventListener("input", () => reorder({ find: $("find").value }));
  $("choose").addEventListener("submit", (event) => event.preventDefault());
  $("before").addEventListener("click", () => inTurn(() => page(-1)));
  $("after").addEventListener("click", () => inTurn(() => page(1)));
}

function reorder(change) {
  Object.assign(state.order, change, { skip: 0 });
  inTurn(loadRows);
}

async function page(by) {
  state.order.skip = Math.max(0, state.order.skip + by * state.page);
  await loadRows();
  $("rows").firstElementChild?.scrollIntoView({ block: "nearest" });
}

async function start() {
  fillKeys();
  listen();
  const narrow = matchMedia(NARROW);
  $("drawer").open = !narrow.matches;
  narrow.addEventListener("change", () => { $("drawer").open = !narrow.matches; });
  showProgress(await ask("api/progress"));
  const wanted = decodeURIComponent(location.hash.slice(1));
  const rows = await loadRows();
  let first = rows.find((row) => row.id === wanted);
  if (wanted && !first) {
    const query = new URLSearchParams({ wanted: "all", find: wanted });
    first = (await ask(`api/documents?${query}`)).rows.find((row) => row.id === wanted);
  }
  first = first || rows[0];
  if (first) await openDocument(first.document, true);
  watch();
}

inTurn(start);
