"""What runs the notebooks sees an error, a number that differs, and a mark that is none."""

import pathlib
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CHECK = pathlib.Path(__file__).parents[1] / "check.py"


def check(tmp_path, *cells, write=False):
    """The exit code, the lines on stderr, and the notebook afterwards."""
    path = tmp_path / "sample.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    command = [sys.executable, str(CHECK), str(path)] + ["--write"] * write
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr.splitlines(), nbformat.read(path, as_version=4)


def test_numbers_that_differ_and_marks_that_are_none_are_named(tmp_path):
    failed, faults, after = check(
        tmp_path,
        new_code_cell("accuracy, count = 0.391, 1204\nprint(count)"),
        new_markdown_cell("It is 0.40<!-- check: accuracy ± 0.02 --> of 1,204<!-- check: count ± 0 -->."),
        new_markdown_cell("So 39 %<!-- check: accuracy ± 1 -->."),
        new_markdown_cell("0.5<!-- check: accuracy ± 0.02 -->, 38 %<!-- check: accuracy ± 1 -->"),
        new_markdown_cell("7<!-- check: nobody ± 1 -->"),
        new_markdown_cell("4<!-- check: count +- 1 -->"),
        new_markdown_cell("four <!-- check: count ± 1 -->"),
    )
    assert failed == 1
    assert faults == [
        "sample.ipynb, cell 4: 0.5<!-- check: accuracy ± 0.02 --> says 0.5, the run gives 0.391",
        "sample.ipynb, cell 4: 38 %<!-- check: accuracy ± 1 --> says 0.38, the run gives 0.391",
        "sample.ipynb, cell 5: 7<!-- check: nobody ± 1 --> says 7, the run gives nan",
        "sample.ipynb, cell 6: a mark is not `NUMBER<!-- check: NAME ± TOLERANCE -->`",
        "sample.ipynb, cell 7: a mark is not `NUMBER<!-- check: NAME ± TOLERANCE -->`",
    ]
    assert after.cells[0].outputs == []


def test_an_error_fails_and_leaves_the_notebook(tmp_path):
    failed, faults, after = check(tmp_path, new_code_cell("1 / 0"), write=True)
    assert (failed, faults) == (1, ["sample.ipynb, cell 1: ZeroDivisionError: division by zero"])
    assert after.cells[0].outputs == []


def test_write_puts_fresh_outputs_in(tmp_path):
    failed, faults, after = check(
        tmp_path, new_code_cell("answer = 6 * 7\nprint(answer)"), new_markdown_cell("42<!-- check: answer ± 0 -->"),
        write=True,
    )  # fmt: skip
    assert (failed, faults) == (0, [])
    assert after.cells[0].outputs[0]["text"] == "42\n"
