#!/usr/bin/env python3
"""Trains a BERT-mini twice, from the informed start and from noise, and measures where its heads look:
docs/figures/heads.json, and docs/figures/attention/*.json for the views in the pages.

  docs/figures/heads.py [--build build/release] [--runs build/release/heads]

Trainings that --runs already holds are not repeated.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEXT = ROOT / "models/data/linden-bay.en.txt"
STARTS = {"informed": [], "noise": ["--plain-start"]}
STEPS = (100, 200, 400, 800, 1200, 1600, 1900)  # those that are shown
VIEWS = {  # of the run from the informed start
    "birds": ["In the [MASK] the birds began to sing.", "The children heard [MASK] and ran to the window."],
    "animal": ["The animal didn't cross the street because it was too tired."],
}


def train(gradus, out, options):
    """The run, with a checkpoint of its start: a training of one step at a rate that changes nothing."""
    common = [gradus, "bert", "pretrain", "--text", TEXT, "--no-report", *options]
    if not (out / "checkpoints/step-00001900").is_dir():
        subprocess.run([*common, "--out", out, "--checkpoint-every", "100", "--keep-checkpoints", "30"],
                       check=True)
    start = out.with_name(f"{out.name}-start")
    if not (start / "checkpoints/step-00000001").is_dir():
        subprocess.run([*common, "--out", start, "--steps", "1", "--lr", "1e-9"], check=True)
    return [start / "checkpoints/step-00000001",
            *(out / f"checkpoints/step-{step:08}" for step in STEPS)]


def gather(folder, checkpoints):
    """A run of these checkpoints alone."""
    (folder / "checkpoints").mkdir(parents=True)
    for checkpoint in checkpoints:
        (folder / "checkpoints" / checkpoint.name).symlink_to(checkpoint.resolve())
    return folder


def write_view(gradus, run, name, texts):
    """What the page of `gradus bert attention --html` holds, with the start as step 0."""
    page = run.parent / "page.html"
    subprocess.run([gradus, "bert", "attention", "--run", run, *texts, "--html", page], check=True)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(), re.DOTALL)[1])
    data["snapshots"][0]["step"] = 0
    for snapshot in data["snapshots"]:
        for row in snapshot["entropy"]:
            row[:] = [round(value, 4) for value in row]
        for mask in snapshot["masks"]:
            for guess in mask["predictions"]:
                guess["probability"] = round(guess["probability"], 4)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"attention/{name}.json").write_text(text + "\n")


def rounded(values):
    if isinstance(values, dict):
        return {name: rounded(value) for name, value in values.items()}
    return [rounded(v) for v in values] if isinstance(values, list) else round(values, 5)


def write_habits(program, runs):
    done = subprocess.run([program, "measure", TEXT, *runs], check=True, stdout=subprocess.PIPE)
    numbers = rounded(json.loads(done.stdout))
    for run in numbers.values():
        run["steps"] = [0, *(int(step) for step in run["steps"][1:])]
    rows = [f'  "{name}": {json.dumps(value)}' for name, value in numbers.items()]
    (HERE / "heads.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "build/release/heads")
    options = parser.parse_args()
    gradus = options.build / "bin/gradus"
    (HERE / "attention").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        runs = [gather(pathlib.Path(folder) / name, train(gradus, options.runs / name, flags))
                for name, flags in STARTS.items()]
        for name, texts in VIEWS.items():
            write_view(gradus, runs[0], name, texts)
        write_habits(options.build / "bin/example_looking_inside", runs)


if __name__ == "__main__":
    main()
