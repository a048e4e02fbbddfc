// Fills the report from its data.
import {mountAttentionApart} from "./attention.js";
import {chart} from "./chart.js";

function showReport(data) {
  const find = (id) => document.getElementById(id);
  const make = (name, text, className) =>
      Object.assign(document.createElement(name), {textContent: text, className: className ?? ""});
  const number = (value) => value.toLocaleString("en");
  const duration = (seconds) => {
    const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
    return h ? `${h}:${two(m)}:${two(s)} h` : m ? `${m}:${two(s)} min` : `${s} s`;
  };
  const fixed = (digits) => (value) => value === null ? "" : value.toFixed(digits);
  const {scores, baselines} = data;

  function showFigures() {
    const figures = [
      scores.mlm_accuracy !== null && ["held-out masked tokens right", `${(100 * scores.mlm_accuracy).toFixed(1)} %`],
      scores.mlm_loss !== null && ["held-out loss, nats", scores.mlm_loss.toFixed(2)],
      scores.nsp_accuracy !== null && ["next sentences right", `${(100 * scores.nsp_accuracy).toFixed(0)} %`],
      ["parameters", `${(data.parameters / 1e6).toFixed(1)} M`],
      data.seconds !== null && ["training time", duration(data.seconds)],
      data.tokens_per_s !== null && ["tokens a second", number(Math.round(data.tokens_per_s))],
    ];
    for (const figure of figures.filter(Boolean)) {
      const group = document.createElement("div");
      group.append(make("dt", figure[0]), make("dd", figure[1]));
      find("figures").append(group);
    }
  }

  function showCurves() {
    const held = (key) => data.evaluations.filter((e) => typeof e[key] === "number").map((e) => [e.step, e[key]]);
    const train = (key, scale) =>
        data.train[key].map((value, i) => [data.train.step[i], value && value / scale]).filter((p) => p[1] !== null);
    const known = (list) => list.filter(([, value]) => value !== null);
    chart(find("accuracy"), {
      name: "Held-out accuracy",
      curves: [{name: "this model", kind: "model", points: held("mlm_accuracy")}],
      baselines: known([["same neighbours", baselines.neighbour_accuracy],
                        ["most frequent token", baselines.most_frequent_accuracy]]),
      format: (value, axis) => axis ? `${Math.round(100 * value)} %` : `${(100 * value).toFixed(1)} %`,
    });
    chart(find("loss"), {
      name: "Loss of masked tokens",
      curves: [{name: "in training", kind: "training", points: train("mlm_loss", 1), noisy: true},
               {name: "held out", kind: "model", points: held("mlm_loss")}],
      baselines: known([["all tokens alike, ln V", baselines.uniform_loss]]),
      format: (value, axis) => value.toFixed(axis ? 0 : 2),
    });
    chart(find("speed"), {
      name: "Speed",
      curves: [{name: "tokens/s, in thousands", kind: "training", points: train("tokens_per_s", 1000), noisy: true}],
      baselines: [],
      format: (value, axis) => value.toFixed(axis && value % 1 === 0 ? 0 : 1),
    });
  }

  function addRow(table, cells, className) {
    const row = make("tr", "", className);
    cells.forEach((cell, i) => {
      const element = make(i === 0 ? "th" : "td", cell);
      if (i === 0) element.scope = "row";
      row.append(element);
    });
    table.append(row);
  }

  function showScores() {
    if (scores.mlm_loss === null) {
      find("scores-note").textContent = "The text has a single document, so none is held out.";
      return;
    }
    const table = find("scores"), loss = fixed(2), part = fixed(3);
    const head = table.createTHead().insertRow();
    head.append(make("td", ""));
    for (const name of ["loss", "accuracy"]) head.append(Object.assign(make("th", name), {scope: "col"}));
    const body = table.createTBody();
    addRow(body, ["every token equally likely (ln V)", loss(baselines.uniform_loss), ""]);
    addRow(body, ["always the most frequent token", "", part(baselines.most_frequent_accuracy)]);
    addRow(body, ["the token most seen between the same neighbours", "", part(baselines.neighbour_accuracy)]);
    addRow(body, ["this model", loss(scores.mlm_loss), part(scores.mlm_accuracy)], "model");
    if (scores.nsp_accuracy !== null) {
      addRow(body, [`this model, next sentence (${number(scores.nsp_pairs)} pairs; chance is 0.5)`, "", part(scores.nsp_accuracy)]);
    }
    find("scores-note").textContent = `${number(scores.masked_tokens)} masked tokens of documents that training never read.`;
  }

  // A sentence with its [MASK] marked, and what the model would put there.
  function sentence({text, answer, masks}) {
    const block = document.createElement("div"), line = document.createElement("p");
    text.split("[MASK]").forEach((part, i) => {
      if (i > 0) line.append(make("mark", "[MASK]"));
      line.append(part);
    });
    block.append(line);
    for (const guesses of masks) {
      const list = make("ol", "", "bars");
      for (const {token, probability} of guesses) {
        const item = make("li", "", token === answer ? "right" : "");
        item.style.setProperty("--part", probability);
        item.append(make("span", token), make("span", `${(100 * probability).toFixed(1)} %`));
        list.append(item);
      }
      block.append(list);
    }
    if (answer) block.append(make("p", `The text has: ${answer}`, "note"));
    return block;
  }

  // Nested values as rows: {model: {layers: 4}} is "model" and, below it, "layers 4".
  function addValues(table, values) {
    const isGroup = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
    const shown = (value) => value === true ? "yes" : value === false ? "no" : String(value);
    for (const [key, value] of Object.entries(values)) {
      if (!isGroup(value)) addRow(table, [key.replaceAll("_", " "), shown(value)]);
    }
    for (const [key, value] of Object.entries(values)) {
      if (!isGroup(value)) continue;
      const head = make("tr");
      head.append(Object.assign(make("th", key.replaceAll("_", " ")), {colSpan: 2, className: "group"}));
      table.append(head);
      addValues(table, value);
    }
  }

  find("title").textContent = `Training of ${data.name}`;
  document.title = `Training of ${data.name}`;
  const stopped = data.step < data.steps ? ` of ${number(data.steps)}, then stopped` : "";
  find("facts").textContent = [`${number(data.step)} steps${stopped}`, `a vocabulary of ${number(data.vocabulary)}`,
    `${number(data.train_tokens)} tokens to learn from`, `${number(data.held_out_tokens)} held out`].join(" · ");
  showFigures();
  showCurves();
  showScores();
  find("filled").hidden = data.sentences.length === 0;
  find("sentences").append(...data.sentences.map(sentence));
  if (data.sentences.some((s) => s.answer)) {
    find("sentences-note").textContent = "Sentences of the held-out text, with one word masked.";
  }
  find("inside").hidden = !data.attention;
  if (data.attention) {
    const css = Array.from(document.querySelectorAll("style"), (style) => style.textContent).join("");
    const view = mountAttentionApart(find("attention"), css, data.attention);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", view.redraw);
  }
  addValues(find("configuration"), data.configuration);
  addValues(find("machine"), data.machine);
}

showReport(JSON.parse(document.getElementById("data").textContent));
