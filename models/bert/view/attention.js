// The page's state (which step, layer, head and token) and all that chooses it or tells of it.
import {HeadView} from "./head_view.js";
import {MatrixView} from "./matrix_view.js";
import {SKELETON} from "./skeleton.js";
import {BYTES_TO_WEIGHTS, bytesOf, percent, Weights} from "./weights.js";

// Fills `root` with a view of `data` (attention_page in pages.cpp), which opens at a layer and a head,
// counted from 0. `keys` is where it listens to the keyboard. → {redraw}, for when colours change.
export function mountAttention(root, data, {layer = 0, head = 0, keys = root} = {}) {
  root.innerHTML = SKELETON;
  const find = (id) => root.querySelector(`#${id}`);
  const n = data.tokens.length, layers = data.layers, heads = data.heads;
  const weights = new Weights(data.snapshots, n);
  const tokens = data.tokens.map((text, i) => ({
    text,
    second: data.segments[i] === 1,
    kind: text === "[MASK]" ? "mask" : /^\[(CLS|SEP|PAD|UNK)\]$/.test(text) ? "special" : "",
  }));
  const state = {step: data.snapshots.length - 1, layer, head, hovered: null, chosen: null};

  const onHover = (token) => { state.hovered = token; showToken(); };
  const onChoose = (token) => { state.chosen = token; showToken(); };
  const lines = new HeadView(find("lines"), tokens, {onHover, onChoose});
  const matrix = new MatrixView(find("matrix"), tokens, {onHover});
  const bytes = () => weights.head(state.step, state.layer, state.head);

  // An <li> with a token, a number, and a bar that is `part` of the width.
  function bar(text, value, part) {
    const item = document.createElement("li");
    item.style.setProperty("--part", part);
    for (const content of [text, value]) {
      item.append(Object.assign(document.createElement("span"), {textContent: content}));
    }
    return item;
  }

  // The grid of heads, with the entropy of each.
  const cells = [];
  function makeGrid() {
    const grid = find("heads");
    grid.style.gridTemplateColumns = `auto repeat(${heads}, minmax(0, 1fr))`;
    grid.classList.toggle("many", heads > 8);
    const add = (row, role, text) => {
      const cell = Object.assign(document.createElement("div"), {textContent: text});
      cell.setAttribute("role", role);
      row.append(cell);
      return cell;
    };
    for (let layer = -1; layer < layers; ++layer) {
      const row = add(grid, "row", "");
      add(row, layer < 0 ? "none" : "rowheader", layer < 0 ? "" : layer + 1);
      for (let head = 0; head < heads; ++head) {
        if (layer < 0) {
          add(row, "columnheader", head + 1);
          continue;
        }
        const cell = add(row, "gridcell", "");
        cell.addEventListener("click", () => chooseHead(layer, head, true));
        cells.push(cell);
      }
    }
    find("entropy-note").textContent =
        "Entropy in nats, mean over the tokens: 0 when each looks at one token, " +
        `ln ${n} = ${Math.log(n).toFixed(2)} when each looks at all alike.`;
  }

  function showGrid() {
    const entropy = data.snapshots[state.step].entropy;
    cells.forEach((cell, i) => {
      const layer = Math.floor(i / heads), head = i % heads, value = entropy[layer][head];
      const selected = layer === state.layer && head === state.head;
      cell.textContent = value.toFixed(heads > 8 ? 1 : 2);
      cell.style.setProperty("--focus", (1 - value / Math.log(n)).toFixed(3));
      cell.setAttribute("aria-label",
                        `Layer ${layer + 1}, head ${head + 1}, entropy ${value.toFixed(2)}`);
      cell.setAttribute("aria-selected", String(selected));
      cell.tabIndex = selected ? 0 : -1;
    });
  }

  function chooseHead(layer, head, focus) {
    state.layer = Math.min(layers - 1, Math.max(0, layer));
    state.head = Math.min(heads - 1, Math.max(0, head));
    show();
    if (focus) cells[state.layer * heads + state.head].focus();
  }

  // What a token looks at most, or who looks at it.
  function showToken() {
    const token = state.hovered ?? state.chosen;
    lines.show(bytes(), token, state.chosen);
    const name = find("looks-name");
    if (!token) {
      name.textContent = "One token";
      find("looks").replaceChildren();
      find("looks-note").textContent = "Point at a token, tap it, or focus it with the keyboard.";
      return;
    }
    const looks = token.side === "query";
    name.textContent = `${tokens[token.index].text} `;
    name.append(Object.assign(document.createElement("span"),
                              {className: "quiet", textContent: looks ? "looks at" : "is looked at by"}));
    const row = bytesOf(token, bytes(), n);
    const best = Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b).slice(0, 6);
    find("looks").replaceChildren(...best.map((i) => {
      const weight = BYTES_TO_WEIGHTS[row[i]];
      return bar(n > 30 ? `${tokens[i].text} (${i})` : tokens[i].text, percent(weight), weight);
    }));
    find("looks-note").textContent =
        best.length < n ? `The ${best.length} strongest of ${n}; the token's place is ${token.index}.` : "";
  }

  function showMasks() {
    find("masks").replaceChildren(...data.snapshots[state.step].masks.map((mask) => {
      const panel = Object.assign(document.createElement("div"), {className: "panel"});
      const title = Object.assign(document.createElement("h2"), {textContent: "[MASK] "});
      title.append(Object.assign(document.createElement("span"),
                                 {className: "quiet", textContent: `at place ${mask.position} is`}));
      const list = Object.assign(document.createElement("ol"), {className: "bars"});
      list.append(...mask.predictions.map((p) => bar(p.token, percent(p.probability), p.probability)));
      panel.append(title, list);
      return panel;
    }));
  }

  const stepName = (snapshot) => snapshot.step.toLocaleString("en");
  function show() {
    const snapshot = data.snapshots[state.step];
    if (data.snapshots.length > 1) {
      find("step-name").textContent = stepName(snapshot);
      find("step").setAttribute("aria-valuetext", `step ${stepName(snapshot)}`);
    }
    find("head-name").textContent = `Layer ${state.layer + 1}, head ${state.head + 1}`;
    showGrid();
    showMasks();
    showToken();
    matrix.show(bytes());
    matrix.describe();
  }

  function makeSlider() {
    if (data.snapshots.length < 2) return;
    const slider = find("step");
    find("steps").hidden = false;
    slider.max = data.snapshots.length - 1;
    slider.value = state.step;
    find("first-step").textContent = stepName(data.snapshots[0]);
    find("last-step").textContent = stepName(data.snapshots.at(-1));
    slider.addEventListener("input", () => { state.step = Number(slider.value); show(); });
  }

  function chooseView(name) {
    for (const view of ["lines", "matrix"]) {
      const tab = find(`${view}-tab`), selected = view === name;
      find(view).hidden = !selected;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    show();
  }

  function onKey(event) {
    const moves = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
    const focus = root.getRootNode().activeElement;
    if (event.key === "Escape") {
      if (focus.classList.contains("token")) focus.blur();
      onHover(null);
      onChoose(null);
      return;
    }
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey || focus === find("step")) return;
    event.preventDefault();
    const [down, right] = move;
    if (focus.getAttribute("role") === "tab") {
      const other = find(find("lines").hidden ? "lines-tab" : "matrix-tab");
      other.focus();
      other.click();
    } else if (focus === matrix.canvas) {
      matrix.moveCell(down, right);
    } else if (!(down && lines.moveFocus(down))) {
      chooseHead(state.layer + down, state.head + right, cells.includes(focus));
    }
  }

  find("text").textContent = data.text;
  const steps = data.snapshots.map((snapshot) => snapshot.step).filter((step) => step !== null);
  find("facts").textContent = [`${layers} layers of ${heads} heads`, `${n} tokens`]
      .concat(steps.length === 1 ? [`after ${stepName(data.snapshots[0])} steps of training`] : [])
      .join(" · ");
  for (const view of ["lines", "matrix"]) {
    find(`${view}-tab`).addEventListener("click", () => chooseView(view));
  }
  keys.addEventListener("keydown", onKey);
  makeGrid();
  makeSlider();
  chooseView("lines");
  return {redraw: show};
}

// The same in a shadow tree of `host`, where neither its ids nor its styles, `css`, meet the page's.
export function mountAttentionApart(host, css, data, options) {
  const shadow = host.attachShadow({mode: "open"});
  const style = Object.assign(document.createElement("style"), {textContent: css});
  const root = document.createElement("div");
  shadow.append(style, root);
  return mountAttention(root, data, options);
}
