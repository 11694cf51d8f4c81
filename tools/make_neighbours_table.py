"""Write monitor/text/neighbours.txt: which Chinese characters follow which inside words of jieba's dictionary.

rjieba has the same dictionary (tests/text/test_dictionary.py). Run it where `jieba` is installed:

    python tools/make_neighbours_table.py > monitor/text/neighbours.txt

jieba is licensed under MIT, Copyright 2013 Sun Junyi (https://github.com/fxsjy/jieba).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]{2}")
_HEADER = """\
# A Chinese character and those that follow it inside any word, a line. Made by tools/make_neighbours_table.py from the
# dictionary of jieba {version}, MIT, Copyright 2013 Sun Junyi, https://github.com/fxsjy/jieba
"""


def main() -> None:
    followers: dict[str, set[str]] = {}
    for first, second in (pair for word in _words() for pair in pairwise(word) if _HAN.match("".join(pair))):
        followers.setdefault(first, set()).add(second)
    sys.stdout.write(_HEADER.format(version=version("jieba")))
    for first in sorted(followers):
        sys.stdout.write(f"{first}{''.join(sorted(followers[first]))}\n")


def _words() -> Iterator[str]:
    package = find_spec("jieba")
    if package is None or package.origin is None:
        sys.exit("jieba is not installed: pip install jieba")
    dictionary = Path(package.origin).with_name("dict.txt").read_text("utf-8")
    return (line.partition(" ")[0] for line in dictionary.splitlines())


if __name__ == "__main__":
    main()
