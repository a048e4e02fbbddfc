// Curves over the steps of a training, as SVG that fits its element.
const SVG = "http://www.w3.org/2000/svg";

function svg(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Round numbers in [low, high], about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const result = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); ++i) {
    result.push(i * step || 0);  // not −0
  }
  return result;
}

// At each point the mean of those around it, 1 % of the curve to either side.
function smoothed(points) {
  const reach = Math.floor(points.length / 100);
  const sums = [0];
  for (const [, y] of points) sums.push(sums.at(-1) + y);
  return points.map(([x], i) => {
    const around = Math.min(reach, i, points.length - 1 - i);
    return [x, (sums[i + around + 1] - sums[i - around]) / (2 * around + 1)];
  });
}

// {name, curves: [{name, kind: "model" | "training", points [[step, y]], noisy}], baselines: [[name, y]],
//  format(y)}. The y axis begins at 0.
export function chart(element, options) {
  const curves = options.curves.filter((curve) => curve.points.length > 0);
  if (curves.length === 0) {
    element.closest("section").hidden = true;
    return;
  }
  const legend = Object.assign(document.createElement("div"), {className: "legend"});
  const picture = document.createElementNS(SVG, "svg");
  element.append(legend, picture);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", describe(options, curves));
  let cursor = null;
  const redraw = () => drawChart(picture, legend, options, curves, cursor);
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    cursor = event.clientX - box.left;
    redraw();
  });
  picture.addEventListener("pointerleave", () => { cursor = null; redraw(); });
  new ResizeObserver(redraw).observe(element);
}

function describe(options, curves) {
  const ends = curves.map((curve) => {
    const points = curve.noisy ? smoothed(curve.points) : curve.points;
    return `${curve.name} ends at ${options.format(points.at(-1)[1])}`;
  });
  const baselines = options.baselines.map(([name, y]) => `${name} ${options.format(y)}`);
  return [`${options.name} over the steps of training`, ...ends, ...baselines].join("; ");
}

function drawChart(picture, legend, options, curves, cursor) {
  const width = picture.parentElement.clientWidth, height = 250;
  const left = 42, right = 8, top = 12, bottom = 40;
  const all = curves.flatMap((curve) => curve.points);
  const last = Math.max(...all.map((p) => p[0]));
  const highest = 1.06 * Math.max(...all.map((p) => p[1]), ...options.baselines.map((b) => b[1]));
  const x = (step) => left + (width - left - right) * step / last;
  const y = (value) => height - bottom - (height - top - bottom) * value / highest;
  const path = (points) => points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");
  picture.replaceChildren();
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);

  // Axes.
  for (const value of ticks(0, highest, 5)) {
    svg(picture, "line", {class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value)});
    svg(picture, "text", {x: left - 8, y: y(value) + 4, "text-anchor": "end"}, options.format(value, true));
  }
  for (const step of ticks(0, last, width < 450 ? 4 : 7)) {
    svg(picture, "text", {x: x(step), y: height - bottom + 18, "text-anchor": "middle"}, step.toLocaleString("en"));
  }
  svg(picture, "text", {x: width - right, y: height - 4, "text-anchor": "end"}, "step");

  // What must be beaten.
  for (const [name, value] of options.baselines) {
    svg(picture, "line", {class: "baseline", x1: left, x2: width - right, y1: y(value), y2: y(value)});
    svg(picture, "text", {x: width - right - 4, y: y(value) - 5, "text-anchor": "end"}, `${name} ${options.format(value)}`);
  }

  // The curves; single points beside those that have few.
  for (const curve of curves) {
    if (curve.noisy) svg(picture, "path", {class: `curve faint ${curve.kind}`, d: path(curve.points)});
    svg(picture, "path", {class: `curve ${curve.kind}`, d: path(curve.noisy ? smoothed(curve.points) : curve.points)});
    if (curve.points.length > 40) continue;
    for (const p of curve.points) svg(picture, "circle", {class: curve.kind, cx: x(p[0]), cy: y(p[1]), r: 4});
  }
  showLegend(legend, options, curves, cursor === null ? null : (cursor - left) / (width - left - right) * last);
  if (cursor === null || cursor < left || cursor > width - right) return;
  svg(picture, "line", {class: "cursor", x1: cursor, x2: cursor, y1: top, y2: height - bottom});
}

// The names of the curves with their values at `step`, or at the end.
function showLegend(legend, options, curves, step) {
  const items = curves.map((curve) => {
    const points = curve.noisy ? smoothed(curve.points) : curve.points;
    const distance = (p) => Math.abs(p[0] - step);
    const point = step === null ? points.at(-1) : points.reduce((a, b) => distance(b) < distance(a) ? b : a);
    const item = Object.assign(document.createElement("span"), {className: curve.kind});
    item.textContent = `${curve.name} ${options.format(point[1])}` +
        (step === null ? "" : ` at step ${point[0].toLocaleString("en")}`);
    return item;
  });
  legend.replaceChildren(...items);
}
