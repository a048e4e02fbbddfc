// The page of its own: its view, which has all of the keyboard.
import {mountAttention} from "./attention.js";

const view = mountAttention(document.querySelector("main"),
                            JSON.parse(document.getElementById("data").textContent), {keys: document});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", view.redraw);
