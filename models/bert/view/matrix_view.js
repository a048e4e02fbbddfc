// A head as a matrix: a row for each token that looks, a column for each that is looked at. The colour
// is a power of the weight, so that 1/n, what looking at all alike gives, has a quarter of the scale.
import {BYTES_TO_WEIGHTS, colour, percent, prepare} from "./weights.js";

const LABELLED = 64;      // up to this many tokens have their names beside the matrix
const LARGEST_CELL = 44;  // CSS pixels

export class MatrixView {
  // onHover(token or null) reports the query whose row the reader points at.
  constructor(root, tokens, {onHover}) {
    this.canvas = root.querySelector("#cells");
    this.name = root.querySelector("#cell-name");
    this.tokens = tokens;
    this.n = tokens.length;
    this.onHover = onHover;
    this.power = Math.min(0.7, Math.log(0.25) / -Math.log(Math.max(2, this.n)));
    this.root = root;
    this.cell = null;                                  // {query, key}
    this.image = document.createElement("canvas");     // a pixel for each weight
    this.image.width = this.image.height = this.n;
    this.fillTicks(root.querySelector("#ticks"));
    this.canvas.addEventListener("pointermove", (event) => this.point(this.cellAt(event)));
    this.canvas.addEventListener("pointerdown", (event) => this.point(this.cellAt(event)));
    this.canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.point(null);
    });
    new ResizeObserver(() => this.draw()).observe(root);
  }

  fillTicks(ticks) {
    let end = -1;  // of the tick before
    for (const weight of [0, 0.001, 0.01, 0.1, 0.3, 1]) {
      const place = weight ** this.power;
      if (place - end < 0.13) continue;
      const tick = document.createElement("span");
      tick.textContent = `${100 * weight} %`;
      tick.style.left = `${100 * place}%`;
      ticks.append(tick);
      end = place;
    }
  }

  show(bytes) {
    this.bytes = bytes;
    this.draw();
  }

  // The colours of the 256 bytes, between the three of the ramp.
  ramp() {
    const stops = [0, 1, 2].map((i) => {
      return colour(this.canvas, `--ramp-${i}`).match(/\d+/g).map(Number);
    });
    return Uint32Array.from({length: 256}, (_, byte) => {
      const at = 2 * BYTES_TO_WEIGHTS[byte] ** this.power;
      const from = stops[Math.min(1, Math.floor(at))];
      const to = stops[Math.min(1, Math.floor(at)) + 1], part = at - Math.min(1, Math.floor(at));
      const [r, g, b] = from.map((c, i) => Math.round(c + (to[i] - c) * part));
      return (255 << 24 | b << 16 | g << 8 | r) >>> 0;  // as ImageData has it in memory
    });
  }

  draw() {
    if (!this.bytes || this.root.clientWidth === 0) return;  // the other view is shown
    const room = Math.min(this.root.clientWidth, Math.max(360, window.innerHeight - 300));
    const labelled = this.n <= LABELLED && room / this.n >= 12;
    const gutter = labelled ? Math.min(100, room * 0.24) : 0;
    const density = window.devicePixelRatio || 1;
    // Cells of a whole number of the screen's pixels, where there is room for one each.
    const fit = (room - gutter) * density / this.n;
    this.size = (fit >= 1 ? Math.floor(Math.min(fit, LARGEST_CELL * density)) : fit) / density;
    this.gutter = gutter;
    const width = gutter + this.size * this.n;
    this.canvas.style.width = `${width}px`;
    const context = prepare(this.canvas, width, width);

    const pixels = new ImageData(this.n, this.n), ramp = this.ramp();
    const words = new Uint32Array(pixels.data.buffer);
    for (let i = 0; i < words.length; ++i) words[i] = ramp[this.bytes[i]];
    this.image.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = this.size * density < 1;
    context.drawImage(this.image, gutter, gutter, width - gutter, width - gutter);
    context.strokeStyle = colour(this.canvas, "--line");
    context.strokeRect(gutter + 0.5, gutter + 0.5, width - gutter - 1, width - gutter - 1);

    if (labelled) this.drawLabels(context);
    if (this.cell) this.drawCell(context, width);
  }

  drawLabels(context) {
    context.font = `${Math.min(13, this.size * 0.85)}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    const text = colour(this.canvas, "--text"), quiet = colour(this.canvas, "--quiet"), accent = colour(this.canvas, "--accent");
    this.tokens.forEach((token, i) => {
      const middle = this.gutter + (i + 0.5) * this.size;
      context.fillStyle = {special: quiet, mask: accent}[token.kind] ?? text;
      context.textAlign = "right";
      context.fillText(token.text, this.gutter - 7, middle, this.gutter - 8);
      context.save();
      context.translate(middle, this.gutter - 7);
      context.rotate(-Math.PI / 2);
      context.textAlign = "left";
      context.fillText(token.text, 0, 0, this.gutter - 8);
      context.restore();
    });
  }

  // The cell pointed at, with its row and column.
  drawCell(context, width) {
    const {query, key} = this.cell, {gutter, size} = this;
    const x = gutter + key * size, y = gutter + query * size, line = Math.max(size, 3);
    context.fillStyle = colour(this.canvas, "--text");
    context.globalAlpha = 0.08;
    context.fillRect(gutter, y, width - gutter, line);
    context.fillRect(x, gutter, line, width - gutter);
    context.globalAlpha = 1;
    context.strokeStyle = colour(this.canvas, "--text");
    context.lineWidth = 2;
    context.strokeRect(x - 1, y - 1, line + 2, line + 2);
  }

  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const key = Math.floor((event.clientX - box.left - this.gutter) / this.size);
    const query = Math.floor((event.clientY - box.top - this.gutter) / this.size);
    const inside = (i) => i >= 0 && i < this.n;
    return inside(query) && inside(key) ? {query, key} : null;
  }

  moveCell(queries, keys) {
    const clamp = (i) => Math.min(this.n - 1, Math.max(0, i));
    const {query, key} = this.cell ?? {query: 0, key: 0};
    this.point(this.cell ? {query: clamp(query + queries), key: clamp(key + keys)} : {query, key});
  }

  point(cell) {
    if (cell?.query === this.cell?.query && cell?.key === this.cell?.key) return;
    this.cell = cell;
    this.describe();
    this.draw();
    this.onHover(cell && {side: "query", index: cell.query});
  }

  describe() {
    if (!this.cell) {
      this.name.textContent = "A row for each token that looks, a column for each looked at.";
      return;
    }
    const {query, key} = this.cell;
    const weight = BYTES_TO_WEIGHTS[this.bytes[query * this.n + key]];
    this.name.textContent =
        `${this.tokens[query].text} → ${this.tokens[key].text}: ${percent(weight)}`;
  }
}
