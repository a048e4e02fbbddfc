#!/usr/bin/env python3
"""Doxygen reads /// and ///<; our headers have plain comments. Prints a header with the comments that
stand above declarations, or behind them on the line, marked so."""

import re
import sys


def escaped(comment):
    """As text: Doxygen would take these for commands, tags and links."""
    return re.sub(r"([\\@<>&#$%])", r"\\\1", comment)


def marked(lines):
    for number, line in enumerate(lines):
        whole = re.match(r"(\s*)// ?(.*)$", line)
        behind = re.match(r"(.*?[;,{}]\s*)// (.*)$", line)
        if whole and number == 0:
            yield f"/// @file\n/// {escaped(whole[2])}"
        elif whole:
            yield f"{whole[1]}/// {escaped(whole[2])}"
        elif behind and not re.search(r"\{\s*$", behind[1]):
            yield f"{behind[1]}///< {escaped(behind[2])}"
        else:
            yield line


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        text = re.sub(r"template <>\nstruct fmt::formatter.*?\n};", "", header.read(), flags=re.DOTALL)
    print("\n".join(marked(text.splitlines())))
