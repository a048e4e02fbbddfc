// What the view of attention consists of. Its ids are unique because it is alone on its page, or in a
// shadow tree of its own.
export const SKELETON = `
<p class="text" id="text"></p>
<p class="facts" id="facts"></p>
<div class="frame"><div class="attention">
  <section class="controls" aria-label="Which head">
    <div class="panel" id="steps" hidden>
      <label for="step">Training step <output id="step-name" for="step"></output></label>
      <input type="range" id="step" min="0" value="0">
      <div class="ends"><span id="first-step"></span><span id="last-step"></span></div>
    </div>
    <div class="panel">
      <h2>Layer and head</h2>
      <div id="heads" role="grid" aria-label="Heads; arrow keys move between them"></div>
      <p class="note" id="entropy-note"></p>
    </div>
  </section>

  <section class="view panel" aria-label="Attention">
    <div class="bar">
      <h2 id="head-name" aria-live="polite"></h2>
      <div role="tablist" aria-label="View">
        <button role="tab" id="lines-tab" aria-controls="lines" aria-selected="true">Lines</button>
        <button role="tab" id="matrix-tab" aria-controls="matrix" aria-selected="false"
                tabindex="-1">Matrix</button>
      </div>
    </div>

    <div id="lines" role="tabpanel" aria-labelledby="lines-tab">
      <div class="ends"><span>a token looks …</span><span>… at these</span></div>
      <div class="scroll">
        <div id="queries" class="tokens" role="listbox" aria-label="Tokens that look"></div>
        <div class="between"><canvas aria-hidden="true"></canvas></div>
        <div id="keys" class="tokens" role="listbox" aria-label="Tokens looked at"></div>
      </div>
      <p class="note" id="lines-note"></p>
    </div>

    <div id="matrix" role="tabpanel" aria-labelledby="matrix-tab" hidden>
      <canvas id="cells" tabindex="0" role="img"
              aria-label="Matrix of weights: a row for each token that looks. Arrow keys move the cell."></canvas>
      <p id="cell-name" class="readout" aria-live="polite"></p>
      <div class="scale" aria-hidden="true">
        <div class="ramp"></div>
        <div class="ticks" id="ticks"></div>
      </div>
    </div>
  </section>

  <section class="findings" aria-label="Findings">
    <div class="panel">
      <h2 id="looks-name">One token</h2>
      <ol class="bars" id="looks" aria-live="polite"></ol>
      <p class="note" id="looks-note"></p>
    </div>
    <div id="masks"></div>
    <p class="note keys">
      <kbd>←</kbd> <kbd>→</kbd> head &nbsp; <kbd>↑</kbd> <kbd>↓</kbd> layer, or token when one has
      the focus &nbsp; <kbd>Esc</kbd> all tokens
    </p>
  </section>
</div></div>`;
