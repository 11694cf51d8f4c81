"""Chinese characters in their two scripts: the table traditional -> simplified, and what only one script uses.

One character becomes one character, whatever stands beside it: so a term and its hit fold alike, and offsets hold.
"""

from __future__ import annotations

from importlib.resources import files


def _read_table() -> dict[str, str]:
    lines = files(__package__).joinpath("simplified.txt").read_text(encoding="utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}


#: Each traditional character (and variant) that has another simplified form. From the data of OpenCC (Apache-2.0).
SIMPLIFIED = _read_table()


def _only(characters: str, other_standard: str) -> frozenset[str]:
    """Return those of `characters` that the character set of the other script does not have."""
    shared = characters.encode(other_standard, "ignore").decode(other_standard)
    return frozenset(characters).difference(shared)


#: Characters that tell a text's script: 发 is simplified; 發 is traditional; 后 and 里 are in use in both.
SIMPLIFIED_ONLY = _only("".join(SIMPLIFIED.values()), "big5")
TRADITIONAL_ONLY = _only("".join(SIMPLIFIED), "gb2312")
