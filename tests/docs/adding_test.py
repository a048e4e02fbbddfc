#!/usr/bin/env python3
"""The changes that docs/adding.md shows, made in a copy of the tree beside a finished build: each
diff of docs/adding/ applies, compiles and passes its tests; and what a person may forget is noticed
in the words that the page quotes from docs/adding/*.txt. Exits with 1 after a fault, which it prints
with file and line.

  tests/docs/adding_test.py BUILD
  tests/docs/adding_test.py BUILD --quote      writes the present words into docs/adding/
"""

import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER, PAGE = "docs/adding", "docs/adding.md"
DIFFS = ("op", "layer", "model")  # in this order: each builds on the one before
NOT_TEXT = {"docs/adding/glu.safetensors": "tests/golden/glu.safetensors"}
COPIED = ("core", "nn", "models", "tests", "docs", "CMakeLists.txt", "README.md", "run")
NOT_COPIED = ("node_modules", "__pycache__", "dist", "cache", "reference")

# What lists the operations or reads the tree, and so is compiled again; and a test that need not be. The
# registry and that test are alone in their objects (see their CMakeLists.txt).
COMPILED_AGAIN = ("core/ops/registry.cpp", "tests/core/ops/registry_test.cpp",
                  "tests/core/ops/golden_coverage_test.cpp")
AS_BUILT = "tests/CMakeFiles/core_tests.dir/core/ops/gradients_test.cpp.o"

# What may be forgotten, by the name of the file that quotes the complaint: in which file `old` gives
# way to `new` (None: the file is as it was before the diffs), what is compiled then, which gate
# complains, and what of it is quoted.
ASSERTION = r"(?s)^\S+: FAILED:.*?(?=\n\n\S+:\d|\n=+\n)"
GRADCHECK = r"FAILED: [^;\n]*"
SLIPS = {
    "unregistered": ("core/ops/ops.hpp", " glu_ops,", "", "core/ops/registry.cpp",
                     ("tests", "the registry lists*"), ASSERTION),
    "unpaired": ("core/ops/ops.hpp", " glu_pairs,", "", "core/ops/registry.cpp",
                 ("tests", "every textbook form*"), ASSERTION),
    "not-compared": ("tests/golden/glu.safetensors", None, None, None,
                     ("tests", "every operation is compared*"), ASSERTION),
    "wrong-gradient": ("core/ops/glu.cpp", "da * half.a * ", "da * ", "core/ops/glu.cpp",
                       ("gradus", "gradcheck", "--op", "glu"), GRADCHECK),
    "not-saved": ("core/ops/glu.cpp", "  Saved x{};", "  Tensor x{};", "core/ops/glu.cpp",
                  ("gradus", "gradcheck", "--op", "glu"), GRADCHECK),
    "no-row": ("docs/operations.md", None, None, None, ("check",), r"^core/ops/glu.*"),
    "not-a-child": ("nn/gated.cpp", '  add_module("out", out);\n', "", "nn/gated.cpp",
                    ("tests", "GatedFeedForward has the parameters*"), ASSERTION),
    "not-built": ("models/averaging/classifier.cpp", None, None, None, ("link",),
                  r"undefined reference to `gradus::averaging::Classifier::Classifier.*"),
}


class Fault(Exception):
    def __init__(self, words):
        super().__init__("\n".join(words.splitlines()[:30]))


def run(*command, **options):
    return subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)


def shown_at(name):
    """The line of the page that imports docs/adding/NAME."""
    for number, line in enumerate((ROOT / PAGE).read_text().splitlines(), 1):
        if line.startswith(f"<<< @/adding/{name}"):
            return f"{PAGE}:{number}"
    raise Fault(f"{PAGE}:1: does not show docs/adding/{name}")


class Diff:
    def __init__(self, name):
        self.path = f"{FOLDER}/{name}.diff"
        self.hunks, self.added = {}, {}  # the lines of the diff for: file; file and its line
        self.region = {}
        for number, line in enumerate((ROOT / self.path).read_text().splitlines(), 1):
            if line.startswith("// #region "):
                region = line.split()[-1]
            elif line.startswith("+++ b/"):
                file = line.removeprefix("+++ b/")
                self.hunks[file], self.region[file] = [], region
            elif hunk := re.match(r"@@ -\S+ \+(\d+)", line):
                self.hunks[file].append(number)
                after = int(hunk[1])
            elif line[:1] in ("+", " ") and not line.startswith("+++"):
                self.added[file, after] = number
                after += 1

    def shown_at(self, file):
        return shown_at(f"{pathlib.Path(self.path).name}#{self.region[file]}{{")

    def fault(self, file, number, what):
        return Fault(f"{self.path}:{number}: ({self.shown_at(file)} shows it) {what}")

    def apply(self, tree):
        for file in self.hunks:
            self.shown_at(file)
        done = run("patch", "--strip=1", "--fuzz=0", "--forward", "--no-backup-if-mismatch",
                   f"--input={ROOT / self.path}", cwd=tree)
        for line in done.stdout.splitlines():
            if line.startswith("patching file "):
                file = line.split()[-1].strip("'")
            elif hunk := re.match(r"Hunk #(\d+) (?:FAILED|ignored)", line):
                raise self.fault(file, self.hunks[file][int(hunk[1]) - 1], f"does not fit {file}")
        if done.returncode:
            raise Fault(f"{self.path}:1: does not apply: {done.stdout}")


class Workshop:
    """The changed copy of the tree, and what is compiled of it with the commands of the build."""

    def __init__(self, build):
        self.build, self.folder, self.tree = build, build / "adding", build / "adding/tree"
        entries = json.loads((build / "compile_commands.json").read_text())
        self.commands = [entry["command"] for entry in entries]
        self.libraries = (build / "tests/adding_libraries.txt").read_text().split()
        program = (build / "tests/adding_program.txt").read_text().split()
        self.program = [part for part in program if part.endswith(".o")]
        self.diffs = [Diff(name) for name in DIFFS]

    def change_the_tree(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.tree.mkdir(parents=True)
        for source in (ROOT / name for name in COPIED):
            if source.is_dir():
                shutil.copytree(source, self.tree / source.name,
                                ignore=shutil.ignore_patterns(*NOT_COPIED))
            else:
                shutil.copy(source, self.tree)
        for diff in self.diffs:
            diff.apply(self.tree)
        for source, target in NOT_TEXT.items():
            shutil.copy(ROOT / source, self.tree / target)

    def compile(self, file, slip=None):
        """The object file; a slip's own version of a file stands before the tree's."""
        tests, part = re.match(r"(tests/)?(\w+)/", file).groups()
        target = f"tests/CMakeFiles/{part}_tests.dir/" if tests else f"{part}/CMakeFiles/gradus_{part}.dir/"
        of_target = (c for c in self.commands if f" -o {target}" in c and "c++-header" not in c)
        command, _ = next(of_target).split(" -o ")
        command = re.sub(r"-include \S+/cmake_pch\.\S+", "", command)  # it was made for other flags
        command = command.replace(str(ROOT), str(self.tree))
        source, output = self.tree / file, self.folder / (slip or "objects") / f"{file}.o"
        output.parent.mkdir(parents=True, exist_ok=True)
        if slip:
            own = self.folder / slip
            source = own / file if (own / file).is_file() else source
            command = command.replace(f"-I{self.tree}", f"-I{own} -I{self.tree}")
        launcher = shutil.which("ccache") or ""
        made = run("sh", "-c", f"{launcher} {command} -o {output} -c {source}", cwd=self.tree)
        if made.returncode:
            raise self.fault(made.stdout.replace(f"{self.tree}/", ""), "error")
        return output

    def fault(self, words, kind):
        """A complaint that names FILE:LINE, at the line of the diff that made that line."""
        where = re.search(rf"^(\S+?):(\d+):.*\b{kind}:", words, re.MULTILINE)
        for diff in self.diffs:
            if where and (place := diff.added.get((where[1], int(where[2])))):
                return diff.fault(where[1], place, words[where.start():])
        return Fault(f"{PAGE}:1: with all diffs:\n{words}")

    def compile_all(self):
        """The changed tree, and what each slip makes of it."""
        sources = [file for diff in self.diffs for file in diff.hunks if file.endswith(".cpp")]
        jobs = [(file, None) for file in (*sources, *COMPILED_AGAIN)]
        for slip, (file, old, new, compiled, _, _) in SLIPS.items():
            if compiled:
                text = (self.tree / file).read_text()
                if text.count(old) != 1:
                    raise Fault(f"{__file__}:1: '{old}' is not once in {file}, for the slip {slip}")
                own = self.folder / slip / file
                own.parent.mkdir(parents=True)
                own.write_text(text.replace(old, new))
                jobs.append((compiled, slip))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(lambda job: self.compile(*job), jobs))
        self.objects = dict(zip(jobs, objects))

    def linked(self, name, slip=None):
        """The objects of the tests or of the program, after a slip, made a program."""
        objects = []
        for (file, of), made in self.objects.items():
            wanted = name == "tests" or not file.startswith("tests/")
            if of is None and wanted and (self.tree / file).is_file():
                objects.append(self.objects.get((file, slip), made))
        objects += [self.build / AS_BUILT] if name == "tests" else self.program
        libraries = [part for part in self.libraries if name == "tests" or "ain.a" not in part]
        return run("c++", "-o", self.folder / name, *objects, *libraries)

    def gate(self, name, *arguments, slip=None):
        """Whether the gate is content, and what it says, with names of files as in the tree."""
        if name == "check":
            done = run(sys.executable, self.tree / "docs/check.py", self.tree)
        else:
            done = self.linked("gradus" if name == "gradus" else "tests", slip)
            if done.returncode == 0 and name != "link":
                done = run(self.folder / name, *arguments)
        return done.returncode == 0, done.stdout.replace(f"{self.tree}/", "")


def must_pass(workshop, *gate):
    content, words = workshop.gate(*gate)
    if not content:
        raise workshop.fault(words, "FAILED")


def make_the_table(workshop):
    """docs/operations.md with the new operation, as the page tells the reader to."""
    must_pass(workshop, "gradus", "info")
    report = workshop.folder / "report.json"
    with report.open("w") as file:
        subprocess.run([workshop.folder / "gradus", "gradcheck", "--json"], stdout=file, check=True)
    run(sys.executable, workshop.tree / "docs/figures/gradcheck_table.py", report,
        workshop.tree / "docs/operations.md")


def complaint(workshop, slip):
    """What the gate says of a slip, as much of it as is quoted."""
    file, old, _, _, gate, quoted = SLIPS[slip]
    target = workshop.tree / file
    kept = target.read_bytes()
    if old is None:
        target.unlink()
        if (ROOT / file).is_file():
            shutil.copy(ROOT / file, target)
    content, words = workshop.gate(*gate, slip=slip)
    target.write_bytes(kept)
    found = re.search(quoted, words, re.MULTILINE)
    if content or not found:
        raise Fault(f"{shown_at(slip + '.txt')}: nobody complains of '{slip}':\n{words}")
    return re.sub(r"(\.\d{6})\d+", r"\1…", found[0]).rstrip() + "\n"  # rounding is the machine's


def check_complaint(workshop, slip, quote):
    page, said = ROOT / FOLDER / f"{slip}.txt", complaint(workshop, slip)
    if quote:
        page.write_text(said)
    elif page.read_text() != said:
        raise Fault(f"{shown_at(slip + '.txt')}: quotes {FOLDER}/{slip}.txt, but the run says "
                    f"(and writes, with --quote):\n{said}")


def main(arguments):
    workshop = Workshop(pathlib.Path(arguments[0]).resolve())
    try:
        workshop.change_the_tree()
        workshop.compile_all()
        must_pass(workshop, "tests")
        make_the_table(workshop)
        must_pass(workshop, "check")
        for slip in SLIPS:
            check_complaint(workshop, slip, "--quote" in arguments)
    except Fault as fault:
        print(fault)
        return 1
    print(f"{len(DIFFS)} diffs apply, compile and pass; {len(SLIPS)} slips are noticed as quoted")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
