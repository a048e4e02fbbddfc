#!/usr/bin/env python3
"""Runs the notebooks without a screen, and compares the numbers in their text with the run's.

A number that a notebook computes itself is marked where its text quotes it,
    the accuracy is 0.391<!-- check: accuracy ± 0.02 -->
and must be that of the kernel's variable `accuracy` after the whole notebook ran, within the tolerance.
A number with % stands for a hundredth, and so does its tolerance.
"""

import argparse
import math
import pathlib
import re
import sys

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = pathlib.Path(__file__).parent
SECONDS = 600  # for one cell
MARK = re.compile(
    r"(?P<number>[-−]?[\d,]*\.?\d+(?:e[-−]?\d+)?)\s*(?P<percent>%?)"
    r"<!--\s*check:\s*(?P<name>\w+)\s*±\s*(?P<tolerance>[\d.]+(?:e-?\d+)?)\s*-->"
)


def as_number(text):
    return float(text.replace(",", "").replace("−", "-"))


def marks(notebook):
    """The marks of the Markdown cells, each with its cell's place; malformed ones have no match."""
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "markdown":
            continue
        found = list(MARK.finditer(cell.source))
        yield from ((place, match) for match in found)
        if len(found) != cell.source.count("<!-- check:"):
            yield place, None


def values_of(client, names):
    """The kernel's variables as floats; NaN for what is none."""
    expressions = {name: f"float({name})" for name in names}
    reply = run_sync(client.kc.execute_interactive)("", user_expressions=expressions)
    answers = reply["content"]["user_expressions"]
    return {
        name: float(answer["data"]["text/plain"]) if answer["status"] == "ok" else math.nan
        for name, answer in answers.items()
    }


def compare(notebook, client):
    """What is wrong with the numbers in the text, a line each."""
    places = list(marks(notebook))
    values = values_of(client, {match["name"] for _, match in places if match})
    for place, match in places:
        if not match:
            yield f"cell {place}: a mark is not `NUMBER<!-- check: NAME ± TOLERANCE -->`"
            continue
        quoted = as_number(match["number"]) / (100 if match["percent"] else 1)
        tolerance = float(match["tolerance"]) / (100 if match["percent"] else 1)
        value = values[match["name"]]
        if not abs(value - quoted) <= tolerance:
            yield f"cell {place}: {match[0]} says {quoted:g}, the run gives {value:g}"


def run(path, write):
    """The faults of a notebook, a line each."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": path.parent}},
        extra_arguments=["--log-level=ERROR"],
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                return [f"cell {index + 1}: {error.ename}: {error.evalue}"]
        faults = list(compare(notebook, client))
    if write:
        notebook.metadata.language_info = {"name": "python"}  # and not the version that ran it
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, path)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path, help="all, if none is named")
    parser.add_argument("--write", action="store_true", help="put the fresh outputs into the files")
    arguments = parser.parse_args()
    for path in arguments.notebooks:
        if not path.is_file():
            parser.error(f"{path}: there is no such notebook")
    faults = 0
    for path in arguments.notebooks or sorted(FOLDER.glob("*.ipynb")):
        print(path.name, flush=True)
        for fault in run(path, arguments.write):
            faults += 1
            print(f"{path.name}, {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
