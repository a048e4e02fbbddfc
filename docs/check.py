#!/usr/bin/env python3
"""Checks that the book agrees with the source: prints one line for each fault, "page:line: what is
wrong", and exits with 1 if there is any.

  docs/check.py [ROOT]
  docs/check.py --quote      writes the present figures into the pages first

What pages may hold, and what is checked of it:
  <<< @/../core/ops/softmax.cpp#softmax{cpp}   an import: file and region exist
  ```cpp illustrative                          code that is no file's; a plain ```cpp is a fault
  0.391<!--=learning.accuracy-->               a quoted figure: "accuracy" in docs/figures/learning.json
  ![what it shows](figures/visits.svg)         a figure: drawn from what is in the JSON beside it
  `is_contiguous()`, `--text`                  names and options: the source has them
  @lines "first line" to "last line"           a section of an annotated page (.vitepress/annotated.mjs)
  [text](page.md#heading), `core/ops/ops.hpp`  links and paths: they lead somewhere
  <AttentionView name="birds" />               a view of docs/figures/attention/birds.json
"""

import hashlib
import json
import pathlib
import re
import sys
import unicodedata

CODE_FOLDERS = ("core", "nn", "models", "tests", "docs/examples", "docs/figures")
REGION = re.compile(r"^\s*// #(end)?region\b ?(.*)$")
IMPORT = re.compile(r"^<<< @/(\S+?)(?:#([\w-]+))?\{.*\}$")
SECTION = re.compile(r'^@lines "(.*?)"(?: to "(.*?)")?$')
FIGURE = re.compile(r"(?:([−-]?[\d,]*\.?\d+(?:e[−-]?\d+)?)\S*\s?)?<!--=(.*?)-->")
LINK = re.compile(r"\]\(([^)\s]+)\)")
VIEW = re.compile(r'<AttentionView name="([^"]*)"')
PATH = re.compile(r"`((?:core|nn|models|tests|docs)/[\w./-]*\.\w+)`")


def source_files(root):
    for folder in CODE_FOLDERS:
        for suffix in ("cpp", "hpp"):
            yield from sorted((root / folder).rglob(f"*.{suffix}"))


def pages(root):
    for page in sorted((root / "docs").rglob("*.md")):
        parts = page.relative_to(root).parts
        if "node_modules" not in parts and ".vitepress" not in parts and "[" not in page.name:
            yield page


def place(root, path, number):
    return f"{path.relative_to(root)}:{number}"


def numbered(path):
    return enumerate(path.read_text().splitlines(), 1)


def prose(page):
    """The numbered lines of a page that are not in a fence."""
    fence = None
    for number, line in numbered(page):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and fence is None:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = None
        elif fence is None:
            yield number, line


def front_matter(page):
    match = re.match(r"---\n(.*?)\n---\n", page.read_text(), re.DOTALL)
    return dict(line.split(": ", 1) for line in match[1].splitlines()) if match else {}


# Regions and their imports.


def regions(path):
    """The whole regions of a source file, and (line number, fault) of those that are not well formed."""
    names, begun, faults, opened = set(), set(), [], None
    for number, line in numbered(path):
        mark = REGION.match(line)
        if not mark:
            continue
        end, name = mark[1], mark[2].strip()
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            faults.append((number, f"region name '{name}' is not kebab-case"))
        elif end and (opened is None or opened[1] != name):
            faults.append((number, f"region '{name}' ends here but is not the one that is open"))
        elif end:
            names.add(name)
            opened = None
        elif opened:
            faults.append((number, f"region '{name}' begins inside of region '{opened[1]}'"))
        elif name in begun:
            faults.append((number, f"region '{name}' is in this file already"))
        else:
            begun.add(name)
            opened = (number, name)
    if opened:
        faults.append((opened[0], f"region '{opened[1]}' has no end"))
    return names, faults


def check_regions(root):
    for path in source_files(root):
        names, faults = regions(path)
        for number, fault in faults:
            yield f"{place(root, path, number)}: {fault}"
        lines = len(path.read_text().splitlines())
        if len(names) > max(1, lines // 25):
            yield f"{place(root, path, 1)}: {len(names)} regions in {lines} lines: one in 25 at most"


def check_imports(root):
    for page in pages(root):
        for number, line in prose(page):
            if not line.startswith("<<<"):
                continue
            where, match = place(root, page, number), IMPORT.match(line)
            if not match:
                yield f"{where}: not of the form <<< @/../FILE#REGION{{cpp}}"
                continue
            file, region = root / "docs" / match[1], match[2]
            if not file.is_file():
                yield f"{where}: there is no file {match[1].removeprefix('../')}"
            elif region and region not in regions(file)[0]:
                yield f"{where}: {match[1].removeprefix('../')} has no region '{region}'"


def check_fences(root):
    for page in pages(root):
        open_fence = False
        for number, line in numbered(page):
            fence = re.match(r"\s*```+\s*(\S*)\s*(.*)$", line)
            if not fence:
                continue
            if not open_fence and fence[1].split("{")[0] in ("cpp", "c++", "cc"):
                if "illustrative" not in fence[2].split():
                    yield (f"{place(root, page, number)}: C++ is imported by region, or marked "
                           "```cpp illustrative")
            open_fence = not open_fence


# The operations.


def check_op_families(root):
    header = root / "core/ops/ops.hpp"
    if not header.is_file():
        return
    table = re.search(r"kOpFamilies\[\]\)\(\) = \{(.*?)\};", header.read_text(), re.DOTALL)
    text = "\n".join(page.read_text() for page in pages(root))
    line = header.read_text()[:table.start()].count("\n") + 1
    for family in re.findall(r"(\w+)_ops\b", table[1]):
        if not re.search(rf"core/ops/{family}\.[ch]pp\b", text):
            yield f"core/ops/ops.hpp:{line}: no page cites core/ops/{family}.cpp"


def check_op_table(root):
    """The table of docs/operations.md and the names under which the sources register operations."""
    page = root / "docs/operations.md"
    if not page.is_file():
        return
    registered = {}
    for path in sorted((root / "core/ops").glob("*.cpp")):
        for number, line in numbered(path):
            for name in re.findall(r'(?:string_view name = |OpInfo\{)"(\w+)"', line):
                registered[path.relative_to(root).as_posix(), name] = place(root, path, number)
    rows = set()
    for number, line in numbered(page):
        row = re.match(r"\| `(\w+)`.* \| `(core/ops/\w+\.cpp)` \|", line)
        if row:
            rows.add(row[1])
            if (row[2], row[1]) not in registered:
                yield f"{place(root, page, number)}: {row[2]} registers no operation '{row[1]}'"
    for (_, name), where in registered.items():
        if name not in rows:
            yield f"{where}: docs/operations.md has no row for '{name}'"


def check_promises(root):
    """The table of docs/gradients.md and the promises that every operation is held to."""
    page, source = root / "docs/gradients.md", root / "core/autograd/promises.cpp"
    if not page.is_file() or not source.is_file():
        return
    list_of = re.search(r"kPromises\[\] = \{(.*?)\};", source.read_text(), re.DOTALL)
    kept = re.findall(r'\{"(.*?)",', list_of[1])
    rows, inside = {}, False
    for number, line in numbered(page):
        inside = line.startswith("| promise |") or (inside and line.startswith("|"))
        if inside and not line.startswith(("| promise |", "|--")):
            rows[line.split("|")[1].strip()] = number
    for name in kept:
        if name not in rows:
            yield f"{place(root, page, 1)}: the table of promises lacks \"{name}\""
    for name, number in rows.items():
        if name not in kept:
            yield f"{place(root, page, number)}: promises.cpp has no \"{name}\""


# Names.


def known_words(root):
    """All that the sources and scripts name, comments aside, with the options of the command line."""
    words = set()
    for folder in (*CODE_FOLDERS, "notebooks"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".cpp", ".hpp", ".py", ".js", ".mjs", ".json", ".txt"):
                text = re.sub(r"//.*", "", path.read_text())
                words.update(re.findall(r"(?:--)?[A-Za-z_][\w-]*", text), re.findall(r"\w+", text))
    for script in ("run", "CMakeLists.txt"):
        if (root / script).is_file():
            words.update(re.findall(r"[\w-]+", (root / script).read_text()))
    return words


def check_names(root):
    """Names of code in the prose, and options there and in commands: the source must have them."""
    words = known_words(root)
    for page in [*pages(root), *([root / "README.md"] if (root / "README.md").is_file() else [])]:
        in_prose = set()
        for number, line in prose(page):
            in_prose.add(number)
            for code in re.findall(r"`([^`]+)`", line):
                name = re.fullmatch(r"(--[a-z-]+|[A-Za-z_][\w.:]*?)(?:\(.*\))?", code)
                for part in re.split(r"[.:]+", name[1]) if name else ():
                    if part and part not in words:
                        yield f"{place(root, page, number)}: nothing is called {part}: `{code}`"
        for number, line in numbered(page):
            if number not in in_prose and re.match(r"\s*(\$ )?\S*(gradus|run) ", line):
                for option in re.findall(r"(?<= )--[a-z-]+", line.split("#")[0]):
                    if option not in words:
                        yield f"{place(root, page, number)}: no command knows {option}"


# Links.


def slug(heading):
    """As VitePress makes it (@mdit-vue/shared: slugify)."""
    text = unicodedata.normalize("NFKD", re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading))
    text = re.sub(r"[\u0300-\u036f]", "", text)
    text = re.sub(r"[\x00-\x1f\s~`!@#$%^&*()\-_+=[\]{}|\\;:\"'“”‘’<>,.?/]+", "-", text)
    text = re.sub(r"^(\d)", r"_\1", text.strip("-"))
    return text.lower()


def anchors(page):
    found = set()
    for _, line in prose(page):
        heading = re.match(r"#+ (.*?)(?:\s*\{#([\w-]+)\})?\s*$", line)
        if heading:
            name, count = heading[2] or slug(heading[1]), 0
            while name + (f"-{count}" if count else "") in found:
                count += 1
            found.add(name + (f"-{count}" if count else ""))
    return found


def check_links(root):
    for page in pages(root):
        for number, line in prose(page):
            where = place(root, page, number)
            for target in LINK.findall(re.sub(r"`[^`]*`", "`code`", line)):
                if re.match(r"https?:|mailto:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = page if not path else (page.parent / path).resolve()
                if not file.is_file():
                    yield f"{where}: dead link: {target}"
                elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                    yield f"{where}: dead link: {path or page.name} has no heading #{anchor}"
            views = [f"docs/figures/attention/{name}.json" for name in VIEW.findall(line)]
            for path in PATH.findall(line) + views:
                if not (root / path).is_file():
                    yield f"{where}: there is no file {path}"


# Annotated source.


def find_section(lines, after, first, last):
    """The half-open range of a section that begins at line `after` or later; or what is wrong."""
    begin = next((i for i in range(after, len(lines)) if lines[i].lstrip().startswith(first)), None)
    if begin is None:
        return f"no line after the section above begins with \"{first}\""
    if last is None:
        return begin, begin + 1
    for i in range(begin + 1, len(lines)):
        if lines[i].startswith(last):
            return begin, i + 1
    return f"no line below \"{first}\" begins with \"{last}\""


def check_annotated(root):
    folder = root / "docs/source"
    for page in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        if page.name == "index.md":
            continue
        front = front_matter(page)
        for key, target in (("source", root / front.get("source", "?")),
                            ("test", root / front.get("test", "?")),
                            ("chapter", root / f"docs{front.get('chapter', '?')}.md")):
            if not target.is_file():
                yield f"{place(root, page, 1)}: there is no {key} {front.get(key, '')}"
        if not (root / front.get("source", "?")).is_file():
            continue
        lines = (root / front["source"]).read_text().splitlines()
        covered, last_end = set(), 0
        for number, line in prose(page):
            match = SECTION.match(line)
            if not match:
                continue
            found = find_section(lines, last_end, match[1], match[2])
            if isinstance(found, str):
                yield f"{place(root, page, number)}: {found}"
                continue
            covered.update(range(*found))
            last_end = found[1]
        missing = [i for i, line in enumerate(lines)
                   if i not in covered and line.strip() and not REGION.match(line)]
        if missing:
            yield (f"{place(root, page, 1)}: no section covers {front['source']}:{missing[0] + 1}"
                   f" \"{lines[missing[0]].strip()}\" ({len(missing)} lines in all)")


# Quoted figures.


def look_up(root, key):
    """The value under "file.name.name" in docs/figures/file.json."""
    file, _, path = key.partition(".")
    source = root / "docs/figures" / f"{file}.json"
    if not source.is_file():
        raise KeyError(f"docs/figures/{file}.json")
    value = json.loads(source.read_text())
    for step in path.split("."):
        value = value[int(step) if isinstance(value, list) else step]
    return value


def agrees(quoted, value):
    """Whether a number as it is written is `value`, rounded to as many digits as it shows."""
    text = quoted.replace(",", "").replace("−", "-")
    mantissa, _, exponent = text.partition("e")
    digits = len(mantissa.partition(".")[2])
    if exponent:
        return float(text) == float(f"{value:.{digits}e}")
    return abs(float(text) - value) <= 0.5 * 10.0**-digits * (1 + 1e-9)


def check_figures(root):
    for page in pages(root):
        for number, line in prose(page):
            for quoted, key in FIGURE.findall(line):
                where = place(root, page, number)
                try:
                    value = look_up(root, key)
                except (KeyError, IndexError, TypeError, ValueError) as missing:
                    yield f"{where}: figure {key}: nothing called {missing}"
                    continue
                if not quoted:
                    yield f"{where}: no number stands before the mark of {key}"
                elif not agrees(quoted, value):
                    yield f"{where}: quotes {quoted}, but {key} is {value:,.10g}"


def check_drawings(root):
    """Each figure that draw.py made, against the numbers from which it was drawn."""
    for figure in sorted((root / "docs/figures").glob("*.svg")):
        drawn = re.search(r'data-drawn-from="(.*?)"', figure.read_text())
        for key, digest in (part.split(":") for part in drawn[1].split()) if drawn else ():
            try:
                value = json.dumps(look_up(root, key), sort_keys=True)
            except (KeyError, IndexError, TypeError, ValueError):
                value = ""
            if hashlib.sha256(value.encode()).hexdigest()[:12] == digest:
                continue
            for page in pages(root):
                for number, line in prose(page):
                    if f"figures/{figure.name})" in line:
                        yield (f"{place(root, page, number)}: {figure.name} was drawn from other "
                               f"numbers than {key} has now; ./run figures draws it again")


def quoted_again(quoted, value):
    """`value` as it is written in place of `quoted`: as many digits, the same signs."""
    mantissa, _, exponent = quoted.partition("e")
    digits = len(mantissa.partition(".")[2])
    if exponent:
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if "−" in quoted or value < 0 else text


def write_figures(root):
    """Brings the quoted figures of all pages up to date."""
    def renew(match):
        try:
            value = look_up(root, match[2])
        except (KeyError, IndexError, TypeError, ValueError):
            return match[0]
        if not match[1] or agrees(match[1], value):
            return match[0]
        return match[0].replace(match[1], quoted_again(match[1], value), 1)

    for page in pages(root):
        text = page.read_text()
        renewed = FIGURE.sub(renew, text)
        if renewed != text:
            page.write_text(renewed)


CHECKS = (check_regions, check_imports, check_fences, check_op_families, check_op_table,
          check_promises, check_names, check_links, check_annotated, check_figures, check_drawings)


def main(arguments):
    quote = "--quote" in arguments
    named = [argument for argument in arguments if argument != "--quote"]
    root = pathlib.Path(named[0] if named else pathlib.Path(__file__).parents[1]).resolve()
    if quote:
        write_figures(root)
    faults = [fault for check in CHECKS for fault in check(root)]
    print("\n".join(faults) or f"the book agrees with the source: {len(list(pages(root)))} pages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
