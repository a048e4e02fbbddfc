"""Text, BERT and its training, watched, stopped and interrupted."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import gradus
import pytest
from gradus import bert, text

FACTS = ["The bee makes honey.", "The cat sees a bird.", "The river runs to the sea."]
STORY = "\n\n".join(" ".join(FACTS[(d * d + s) % 3] for s in range(8)) for d in range(40))


@pytest.fixture(scope="module")
def ready():
    return bert.prepare_text(text.parse_corpus(STORY), vocab_size=80)


@pytest.fixture
def task(ready):
    config = bert.BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32,
    )  # fmt: skip
    return bert.Pretraining(ready, config, batch=4, max_seq=32, seed=3)


def test_tokens_there_and_back(ready, tmp_path):
    tokenizer = ready.tokenizer
    encoding = tokenizer.encode("The cat sees", "a [MASK].")
    tokens = tokenizer.convert_ids_to_tokens(encoding.ids)
    assert tokens[0] == "[CLS]" and "[MASK]" in tokens and tokens.count("[SEP]") == 2
    assert encoding.type_ids[0] == 0 and encoding.type_ids[-1] == 1
    assert tokenizer.decode(encoding.ids) == "the cat sees a."
    assert tokenizer.tokenize("honey") == tokenizer.convert_ids_to_tokens(encoding.ids[:0]) + ["honey"]
    tokenizer.save_pretrained(tmp_path)
    assert text.WordPiece.from_pretrained(tmp_path).tokenize("the bee") == ["the", "bee"]
    vocabulary = text.train_vocabulary([STORY], size=60)
    assert len(vocabulary) <= 60 and vocabulary.find("[MASK]") == vocabulary.mask
    with pytest.raises(gradus.IndexError):
        vocabulary.token(1000)


def test_batches_are_masked(ready):
    batches = text.MlmBatches(text.parse_corpus(STORY), ready.tokenizer, batch=4, max_seq=32)
    batch = batches.batch(0)
    rows = batch.input_ids.view(-1)[batch.masked_positions]
    assert batch.input_ids.shape[0] == 4 and rows.shape == batch.masked_labels.shape
    assert ready.tokenizer.vocabulary.mask in rows.tolist()
    assert batches.batch(0).input_ids.tolist() == batch.input_ids.tolist()


def test_a_model_is_saved_and_loaded(task, ready, tmp_path):
    model = task.model
    model.save_pretrained(tmp_path)
    loaded = bert.BertForPreTraining.from_pretrained(tmp_path)
    assert loaded.config.hidden_size == 16
    for one in (model, loaded):
        one.eval()
    ids = gradus.tensor([ready.tokenizer.encode("The bee [MASK] honey.").ids])
    output = loaded(ids)
    assert output.mlm_logits.shape == (ids.numel(), model.config.vocab_size)
    assert output.mlm_logits.tolist() == model(ids).mlm_logits.tolist()
    assert loaded(ids, positions=gradus.tensor([2])).mlm_logits.shape[0] == 1
    with pytest.raises(gradus.IoError, match="nowhere"):
        bert.BertForPreTraining.from_pretrained(tmp_path / "nowhere")


def test_masks_are_filled_and_heads_looked_at(task, ready):
    guesses = bert.fill_mask(task.model, ready.tokenizer, "The bee makes [MASK].", top=3)
    assert len(guesses) == 1 and len(guesses[0]) == 3
    assert guesses[0][0].probability >= guesses[0][1].probability
    with pytest.raises(gradus.ValueError, match="MASK"):
        bert.fill_mask(task.model, ready.tokenizer, "no mask")
    seen = bert.attention_map(task.model, ready.tokenizer, "The bee makes [MASK].", "The cat sees.")
    tokens = len(seen.tokens)
    assert [layer.shape for layer in seen.layers] == [(2, tokens, tokens)] * 2
    assert seen.layers[0].sum(-1).sub(1).abs().max().item() < 1e-5
    assert json.loads(seen.to_json())["tokens"] == seen.tokens
    assert seen.to_html("bee").startswith("<!doctype html>") or "<html" in seen.to_html("bee")
    ids = gradus.tensor([ready.tokenizer.encode("The bee").ids])
    trace = task.model.bert.trace(ids)
    assert len(trace.attention) == 2 and trace.hidden.shape == (1, ids.numel(), 16)
    assert len(task.model.bert.layers) == 2


def test_training_is_watched(task, tmp_path):
    reports = []
    trainer = bert.Trainer(task, tmp_path, steps=6, evaluate_every=2)
    result = trainer.run(reports.append)
    assert [report.step for report in reports] == [1, 2, 3, 4, 5, 6]
    assert [bool(report.evaluation) for report in reports] == [False, True, False, True, False, False]
    assert result.finished and "mlm_accuracy" in result.evaluation
    assert reports[0].metrics["loss"] > 0


def test_training_is_stopped_and_resumed(task, tmp_path):
    result = bert.Trainer(task, tmp_path, steps=6).run(lambda report: report.step < 2)
    assert result.step == 2 and not result.finished
    trainer = bert.Trainer(task, tmp_path, steps=6)
    trainer.resume(tmp_path / "checkpoints" / "step-00000002")
    assert trainer.run().step == 6


def test_an_exception_of_the_watcher_arrives_after_saving(task, tmp_path):
    def watch(report):
        raise KeyError(report.step)

    with pytest.raises(KeyError, match="1"):
        bert.Trainer(task, tmp_path, steps=6).run(watch)
    assert (tmp_path / "checkpoints" / "step-00000001").exists()


def test_the_baselines_and_scores(task):
    assert 0 < task.baselines().neighbour_accuracy <= 1
    assert 0 <= task.evaluate()["mlm_accuracy"] <= 1
    loss = task.loss(0)
    loss.backward()
    assert task.model.bert.embeddings.word.weight.grad is not None


@pytest.fixture
def interrupt_after():
    """Presses Ctrl-C after some seconds; also where that was ignored, as in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda seconds: threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT]).start()
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_a_training_after_its_step(task, tmp_path, interrupt_after):
    trainer = bert.Trainer(task, tmp_path, steps=1_000_000)
    interrupt_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert list((tmp_path / "checkpoints").iterdir())


def test_ctrl_c_ends_a_gradcheck(interrupt_after):
    x = gradus.randn([400], gradus.float64)
    interrupt_after(0.3)
    with pytest.raises(KeyboardInterrupt):
        while True:
            gradus.gradcheck(gradus.exp, x)


def test_others_run_while_the_engine_computes():
    counted = [0]
    done = threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1
            time.sleep(0.001)

    a = gradus.randn([1500, 1500])
    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    (a @ a @ a @ a).sum()
    during = counted[0] - before
    done.set()
    thread.join()
    assert during > 3


def test_a_program_ends_cleanly():
    source = (
        "import gradus\n"
        "class F(gradus.autograd.Function):\n"
        "    forward = staticmethod(lambda ctx, x: x * 2)\n"
        "    backward = staticmethod(lambda ctx, dy: dy * 2)\n"
        "x = gradus.ones([2]).requires_grad_(); y = F.apply(x); x.register_hook(print)\n"
        "kept = gradus.from_numpy(y.detach().numpy())\n"
    )
    end = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert (end.returncode, end.stderr) == (0, "")
