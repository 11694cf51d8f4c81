"""Write monitor/text/simplified.txt: for each traditional character the simplified one, from the data of OpenCC.

Run it where the PyPI package `opencc` is installed (it is no dependency of the service):

    python tools/make_simplified_table.py > monitor/text/simplified.txt

OpenCC is licensed under Apache-2.0, Copyright 2010-2026 Carbo Kuo and contributors (https://github.com/BYVoid/OpenCC).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version

#: Unified ideographs and extensions A to I; compatibility ideographs are NFKC's.
_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x323B0))
_PAIRS_A_LINE = 24
_HEADER = """\
# Traditional -> simplified, one character to one character, as pairs "traditional simplified".
# Made by tools/make_simplified_table.py from the data of OpenCC {version} (configuration t2s), Apache-2.0,
# Copyright 2010-2026 Carbo Kuo and contributors, https://github.com/BYVoid/OpenCC
"""


def main() -> None:
    sys.stdout.write(_HEADER.format(version=version("opencc")))
    pairs = list(_pairs())
    for first in range(0, len(pairs), _PAIRS_A_LINE):
        sys.stdout.write(" ".join(pairs[first : first + _PAIRS_A_LINE]) + "\n")


def _pairs() -> Iterator[str]:
    import opencc

    convert = opencc.OpenCC("t2s").convert
    found = {c: convert(c) for first, end in _BLOCKS for c in map(chr, range(first, end)) if convert(c) != c}
    results = set(found.values())
    # A character that is itself somebody's simplified form stays: else 壞 would become 坏, and 坏 something else.
    return (traditional + simplified for traditional, simplified in found.items() if traditional not in results)


if __name__ == "__main__":
    main()
