// The view of one head: the tokens twice, and from each token lines to those that it looks at. A line
// is as opaque as its weight is large beside the strongest. Only lines that can be seen are drawn.
import {BYTES_TO_WEIGHTS, bytesOf, colour, percent, prepare} from "./weights.js";

const ROW = 28;           // CSS pixels from token to token
const MOST_LINES = 1000;  // at once; of more, the strongest
const LEAST_BYTE = 12;    // a weight of 0.2 %: fainter lines cannot be seen

export class HeadView {
  // `tokens` [{text, kind, second}]; onHover(token or null) and onChoose(token or null) report what
  // the reader points at, and what stays after a click or with the keyboard's focus.
  constructor(root, tokens, {onHover, onChoose}) {
    this.scroll = root.querySelector(".scroll");
    this.canvas = root.querySelector("canvas");
    this.note = root.querySelector("#lines-note");
    this.n = tokens.length;
    this.onHover = onHover;
    this.onChoose = onChoose;
    root.style.setProperty("--row", `${ROW}px`);
    this.lists = {
      query: this.fill(root.querySelector("#queries"), "query", tokens),
      key: this.fill(root.querySelector("#keys"), "key", tokens),
    };
    this.scroll.addEventListener("scroll", () => this.schedule(), {passive: true});
    new ResizeObserver(() => this.schedule()).observe(this.scroll);
  }

  fill(list, side, tokens) {
    const items = tokens.map((token, index) => {
      const item = document.createElement("div");
      item.className = ["token", token.kind, token.second ? "second" : ""].join(" ");
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.tabIndex = index === 0 ? 0 : -1;  // one stop for Tab; arrows go on from there
      item.title = token.text;
      item.append(document.createElement("b"), document.createElement("i"));
      item.firstChild.textContent = token.text;
      return item;
    });
    list.replaceChildren(...items);
    const tokenOf = (event) => {
      const index = items.indexOf(event.target.closest(".token"));
      return index < 0 ? null : {side, index};
    };
    list.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.onHover(tokenOf(event));
    });
    list.addEventListener("pointerleave", () => this.onHover(null));
    list.addEventListener("focusin", (event) => this.onChoose(tokenOf(event)));
    // The click that focuses a token chooses it, a click on the chosen one lets it go.
    let before = null;
    list.addEventListener("pointerdown", () => (before = this.chosen));
    list.addEventListener("click", (event) => {
      const token = tokenOf(event);
      if (!token) return;
      const again = before?.side === side && before.index === token.index;
      if (again) event.target.closest(".token").blur();
      this.onChoose(again ? null : token);
      if (again) this.onHover(null);
    });
    return items;
  }

  // Moves the keyboard's focus from token to token. → whether a token had it.
  moveFocus(by) {
    for (const items of Object.values(this.lists)) {
      const index = items.indexOf(items[0].getRootNode().activeElement);
      if (index < 0) continue;
      items[Math.min(this.n - 1, Math.max(0, index + by))].focus();
      return true;
    }
    return false;
  }

  // Shows a head's bytes; of one token alone if there is one.
  show(bytes, token, chosen) {
    Object.assign(this, {bytes, token, chosen});
    const weights = token && bytesOf(token, bytes, this.n);
    for (const [side, items] of Object.entries(this.lists)) {
      const looked = token && side !== token.side;
      items.forEach((item, i) => this.mark(item, looked ? BYTES_TO_WEIGHTS[weights[i]] : 0,
                                           token?.side === side && token.index === i));
      const stop = chosen?.side === side ? chosen.index : 0;
      items.forEach((item, i) => this.setStop(item, i === stop));
    }
    this.schedule();
  }

  setStop(item, isStop) {
    const tabIndex = isStop ? 0 : -1;
    if (item.tabIndex !== tabIndex) item.tabIndex = tabIndex;
  }

  mark(item, weight, selected) {
    const shown = weight >= 0.005;
    const state = `${selected} ${shown ? weight : 0}`;
    if (item.state === state) return;  // 512 tokens, of which few change
    item.state = state;
    item.classList.toggle("chosen", selected);
    item.classList.toggle("strong", weight > 0.5);
    item.setAttribute("aria-selected", String(selected));
    item.style.setProperty("--weight", shown ? weight.toFixed(3) : "0");
    item.lastChild.textContent = shown ? percent(weight) : "";
  }

  schedule() {
    if (this.frame || !this.bytes) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const width = this.canvas.parentElement.clientWidth;
    const height = Math.min(this.scroll.clientHeight, this.n * ROW);
    if (width === 0 || height === 0) return;  // the other view is shown
    const context = prepare(this.canvas, width, height);
    const top = this.scroll.scrollTop;
    const {lines, least} = this.token ? this.linesOf(this.token) : this.allLines(top, height);
    const y = (row) => (row + 0.5) * ROW - top;
    context.strokeStyle = colour(this.canvas, "--accent");
    context.lineWidth = this.token ? 2 : 1.6;
    const strongest = BYTES_TO_WEIGHTS[lines.reduce((most, line) => Math.max(most, line[2]), 0)];
    for (const [query, key, byte] of lines) {
      const from = y(query), to = y(key);
      context.globalAlpha = BYTES_TO_WEIGHTS[byte] / strongest;
      context.beginPath();
      context.moveTo(0, from);
      context.bezierCurveTo(width * 0.45, from, width * 0.55, to, width, to);
      context.stroke();
    }
    this.note.textContent =
        `A line is as opaque as its weight; the strongest here is ${percent(strongest)}.` +
        (least > LEAST_BYTE ? ` Weights under ${percent(BYTES_TO_WEIGHTS[least])} are left out.` : "");
  }

  linesOf(token) {
    const lines = Array.from(bytesOf(token, this.bytes, this.n), (byte, other) =>
        token.side === "query" ? [token.index, other, byte] : [other, token.index, byte]);
    return {lines: lines.filter((line) => line[2] >= LEAST_BYTE), least: LEAST_BYTE};
  }

  // The lines of which an end is in sight; the strongest of them, if they are very many.
  allLines(top, height) {
    const first = Math.max(0, Math.floor(top / ROW));
    const last = Math.min(this.n, Math.ceil((top + height) / ROW));
    const counts = new Uint32Array(256);
    const lines = [];
    const add = (query, key) => {
      const byte = this.bytes[query * this.n + key];
      if (byte < LEAST_BYTE) return;
      ++counts[byte];
      lines.push([query, key, byte]);
    };
    for (let i = first; i < last; ++i) {
      for (let key = 0; key < this.n; ++key) add(i, key);
      for (let query = 0; query < this.n; ++query) {
        if (query < first || query >= last) add(query, i);
      }
    }
    let least = 256, sum = 0;
    while (least > LEAST_BYTE && sum + counts[least - 1] <= MOST_LINES) sum += counts[--least];
    return {lines: lines.filter((line) => line[2] >= least), least: Math.min(least, 255)};
  }
}
