#!/usr/bin/env python3
"""What docs/check.py must notice: each fault is planted in a small copy of the repository's shape."""

import hashlib
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs"))
import check  # noqa: E402

SOURCE = """// Doubling.
// #region double
int twice(int x) {
  return 2 * x;
}
// #endregion double

int thrice(int x) {
  return 3 * x;
}
OpInfos double_ops() { return {OpInfo{"double", samples}}; }
"""
HEADER = "inline constexpr OpInfos (*kOpFamilies[])() = {\n    double_ops,\n};\n"
OPERATIONS = "| `double` | `core/ops/double.cpp` | 1 |\n"
CHAPTER = """# Doubling

It costs 1.25<!--=double.cost.total--> ms, and 1,250<!--=double.cost.us--> µs.
See [the table](operations.md), [below](#the-end) and [the file](source/double.md#all-of-it).

<<< @/../core/ops/double.cpp#double{cpp}

```cpp illustrative
int four = twice(2);
```

## The end
"""
ANNOTATED = """---
source: core/ops/double.cpp
chapter: /double
test: tests/double_test.cpp
---
# Double

@lines "// Doubling." to "}"

## All of it

Twice.

@lines "int thrice" to "}"

Thrice.

@lines "OpInfos"

Registered.
"""


class CheckerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.write("core/ops/double.cpp", SOURCE)
        self.write("core/ops/ops.hpp", HEADER)
        self.write("tests/double_test.cpp", "int main() {}\n")
        self.write("docs/operations.md", OPERATIONS)
        self.write("docs/double.md", CHAPTER)
        self.write("docs/source/double.md", ANNOTATED)
        self.write("docs/figures/double.json", '{"cost": {"total": 1.2481, "us": 1249.7}}')

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def replace(self, name, old, new):
        text = (self.root / name).read_text()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new, 1))

    def faults(self):
        return [fault for one in check.CHECKS for fault in one(self.root)]

    def assert_fault(self, beginning, words):
        faults = self.faults()
        self.assertTrue(any(f.startswith(beginning) and words in f for f in faults), faults)

    def test_agrees(self):
        self.assertEqual(self.faults(), [])

    def test_region_without_end(self):
        self.replace("core/ops/double.cpp", "// #endregion double\n", "")
        self.assert_fault("core/ops/double.cpp:2: ", "has no end")
        self.assert_fault("docs/double.md:6: ", "no region 'double'")

    def test_region_without_beginning(self):
        self.replace("core/ops/double.cpp", "// #region double\n", "")
        self.assert_fault("core/ops/double.cpp:5: ", "not the one that is open")
        self.assert_fault("docs/double.md:6: ", "no region 'double'")

    def test_region_twice(self):
        again = "// #region double\n// #endregion double\n"
        self.replace("core/ops/double.cpp", "OpInfos", again + "OpInfos")
        self.assert_fault("core/ops/double.cpp:11: ", "already")

    def test_region_inside_another(self):
        self.replace("core/ops/double.cpp", "  return 2", "// #region inner\n  return 2")
        self.assert_fault("core/ops/double.cpp:4: ", "inside of region 'double'")

    def test_region_name(self):
        self.replace("core/ops/double.cpp", "#region double", "#region Double")
        self.assert_fault("core/ops/double.cpp:2: ", "kebab-case")

    def test_too_many_regions(self):
        self.write("core/many.cpp", "".join(f"// #region r{i}\n// #endregion r{i}\n"
                                            for i in range(3)))
        self.assert_fault("core/many.cpp:1: ", "3 regions in 6 lines")

    def test_import_of_a_missing_file(self):
        self.replace("docs/double.md", "double.cpp#double", "triple.cpp#double")
        self.assert_fault("docs/double.md:6: ", "no file core/ops/triple.cpp")

    def test_import_of_a_missing_region(self):
        self.replace("docs/double.md", "double.cpp#double", "double.cpp#twice")
        self.assert_fault("docs/double.md:6: ", "no region 'twice'")

    def test_import_of_another_form(self):
        self.replace("docs/double.md", "<<< @/../core", "<<< ../core")
        self.assert_fault("docs/double.md:6: ", "not of the form")

    def test_family_that_no_page_cites(self):
        self.replace("core/ops/ops.hpp", "double_ops,", "double_ops, triple_ops,")
        self.assert_fault("core/ops/ops.hpp:1: ", "core/ops/triple.cpp")

    def test_renamed_operation(self):
        renamed = 'OpInfo{"twofold", samples}}; }  // was "double"\nvoid unused() {{'
        self.replace("core/ops/double.cpp", 'OpInfo{"double", samples}', renamed)
        self.assert_fault("docs/operations.md:1: ", "no operation 'double'")
        self.assert_fault("core/ops/double.cpp:11: ", "no row for 'twofold'")

    def test_figure_drawn_from_other_numbers(self):
        self.write("docs/figures/cost.svg", '<svg data-drawn-from="double.cost.us:0ddba11" />\n')
        self.replace("docs/double.md", "## The end", "![Cost](figures/cost.svg)\n\n## The end")
        self.assert_fault("docs/double.md:12: ", "cost.svg was drawn from other numbers than double.cost.us")
        digest = hashlib.sha256(b"1249.7").hexdigest()[:12]
        self.replace("docs/figures/cost.svg", "0ddba11", digest)
        self.assertEqual(self.faults(), [])

    def test_promise_renamed(self):
        self.write("core/autograd/promises.cpp",
                   'constexpr Promise kPromises[] = {\n    {"zero in", zero},\n};\n')
        self.write("docs/gradients.md", "| promise | why |\n|---|---|\n| zero in | so |\n")
        self.assertEqual(self.faults(), [])
        self.replace("core/autograd/promises.cpp", '"zero in"', '"nothing in"')
        self.assert_fault("docs/gradients.md:3: ", 'no "zero in"')
        self.assert_fault("docs/gradients.md:1: ", 'lacks "nothing in"')

    def test_name_that_the_source_does_not_have(self):
        self.replace("docs/double.md", "## The end", "`twice()` and `check::thrice`.\n\n## The end")
        self.assert_fault("docs/double.md:12: ", "nothing is called check: `check::thrice`")
        self.replace("docs/double.md", "`check::thrice`", "`thrice`")
        self.assertEqual(self.faults(), [])
        self.replace("core/ops/double.cpp", "int twice(", "int fourfold(  // once twice\n")
        self.assert_fault("docs/double.md:12: ", "nothing is called twice")

    def test_option_that_no_command_knows(self):
        self.write("README.md", "Say `--fast`.\n\n```\ngradus double --fast 3  # --any\n```\n")
        self.assert_fault("README.md:1: ", "nothing is called --fast")
        self.assert_fault("README.md:4: ", "no command knows --fast")
        self.write("models/cli/double.cpp", 'add_option("--fast", fast);\n')
        self.assertEqual(self.faults(), [])

    def test_dead_link_to_a_file(self):
        self.replace("docs/double.md", "(operations.md)", "(opera.md)")
        self.assert_fault("docs/double.md:4: ", "dead link: opera.md")

    def test_dead_link_to_a_heading(self):
        self.replace("docs/double.md", "## The end", "## An end")
        self.assert_fault("docs/double.md:4: ", "no heading #the-end")

    def test_dead_link_to_a_heading_of_another_page(self):
        self.replace("docs/source/double.md", "## All of it", "## All")
        self.assert_fault("docs/double.md:4: ", "no heading #all-of-it")

    def test_path_that_leads_nowhere(self):
        self.replace("docs/double.md", "## The end", "`core/ops/triple.hpp`\n\n## The end")
        self.assert_fault("docs/double.md:12: ", "core/ops/triple.hpp")

    def test_view_without_data(self):
        self.replace("docs/double.md", "## The end", '<AttentionView name="x" />\n\n## The end')
        self.assert_fault("docs/double.md:12: ", "docs/figures/attention/x.json")

    def test_raw_code(self):
        self.replace("docs/double.md", "```cpp illustrative", "```cpp")
        self.assert_fault("docs/double.md:8: ", "illustrative")

    def test_uncovered_lines(self):
        self.replace("core/ops/double.cpp", "int thrice", "int four() { return 4; }\n\nint thrice")
        self.assert_fault("docs/source/double.md:1: ", 'core/ops/double.cpp:8 "int four()')

    def test_section_that_finds_nothing(self):
        self.replace("core/ops/double.cpp", "int thrice", "int treble")
        self.assert_fault("docs/source/double.md:14: ", "no line after")

    def test_section_without_its_end(self):
        self.replace("docs/source/double.md", '"int thrice" to "}"', '"int thrice" to "];"')
        self.assert_fault("docs/source/double.md:14: ", 'no line below "int thrice"')

    def test_sections_out_of_order(self):
        self.replace("docs/source/double.md", '"// Doubling." to "}"',
                     '"// Doubling." to "OpInfos"')
        self.assert_fault("docs/source/double.md:14: ", "no line after the section above")

    def test_annotated_page_without_its_test(self):
        (self.root / "tests/double_test.cpp").unlink()
        self.assert_fault("docs/source/double.md:1: ", "no test tests/double_test.cpp")

    def test_figure_that_differs(self):
        self.replace("docs/double.md", "1.25<", "1.26<")
        self.assert_fault("docs/double.md:3: ", "quotes 1.26")

    def test_figure_whose_source_changed(self):
        self.write("docs/figures/double.json", '{"cost": {"total": 1.2481, "us": 1251}}')
        self.assert_fault("docs/double.md:3: ", "quotes 1,250")

    def test_figure_without_a_source(self):
        self.replace("docs/double.md", "double.cost.us", "double.cost.hours")
        self.assert_fault("docs/double.md:3: ", "nothing called 'hours'")

    def test_figure_without_a_number(self):
        self.replace("docs/double.md", "1.25<", "much <")
        self.assert_fault("docs/double.md:3: ", "no number")

    def test_figures_written_again(self):
        self.write("docs/figures/double.json", '{"cost": {"total": -2.5039, "us": 1251}}')
        check.write_figures(self.root)
        text = (self.root / "docs/double.md").read_text()
        self.assertIn("costs −2.50<!--=double.cost.total--> ms, and 1,251<!--=", text)
        self.assertEqual(self.faults(), [])

    def test_exponents(self):
        self.assertTrue(check.agrees("1.2e-4", 1.234e-4))
        self.assertFalse(check.agrees("1.3e-4", 1.234e-4))
        self.assertTrue(check.agrees("−0.5", -0.52))


if __name__ == "__main__":
    unittest.main()
