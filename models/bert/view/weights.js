// The weights of the page's data. A weight w in [0, 1] was stored as the byte b = round(255·√w): small
// weights keep their digits, which a long text needs, and the error is at most 0.004·√w.

export const BYTES_TO_WEIGHTS = Float32Array.from({length: 256}, (_, b) => (b / 255) ** 2);

export class Weights {
  // snapshots[s].weights[layer][head] is the base64 of n·n bytes, row by row.
  constructor(snapshots, n) {
    this.snapshots = snapshots;
    this.n = n;
    this.decoded = new Map();
  }

  // The bytes of a head, [query · n + key]; decoded when they are first looked at.
  head(snapshot, layer, head) {
    const key = `${snapshot}/${layer}/${head}`;
    let bytes = this.decoded.get(key);
    if (!bytes) {
      const text = atob(this.snapshots[snapshot].weights[layer][head]);
      bytes = new Uint8Array(this.n * this.n);
      for (let i = 0; i < bytes.length; ++i) bytes[i] = text.charCodeAt(i);
      this.decoded.set(key, bytes);
    }
    return bytes;
  }
}

// How a token looks to others: {side: "query", index} asks where it looks, {side: "key", index} who
// looks at it. → the bytes of its row or column.
export function bytesOf(token, bytes, n) {
  if (token.side === "query") return bytes.subarray(token.index * n, (token.index + 1) * n);
  return Uint8Array.from({length: n}, (_, query) => bytes[query * n + token.index]);
}

export function percent(weight) {
  const p = 100 * weight;
  return p > 0 && p < 0.095 ? "< 0.1 %" : `${p.toFixed(p < 9.95 ? 1 : 0)} %`;
}

// A canvas of `width` × `height` CSS pixels, sharp on any screen. → its context, cleared.
export function prepare(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  const w = Math.round(width * density), h = Math.round(height * density);
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// A colour of the style sheet, "rgb(194, 65, 12)", as it is at `element`: light or dark.
export function colour(element, name) {
  element.style.color = `var(${name})`;
  return getComputedStyle(element).color;
}
