"""A plain text to its sentences and its words: what distances are measured in. Pure."""

from __future__ import annotations

import re

from monitor.text.dictionary import word_edges

_CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0410-\u042f"
_CLOSING, _OPENING = "”’」』)）\"'", "“‘「『(（\"'"
#: After 。！？!?, or a full stop before a blank and a capital, with what closes a quotation; and at a line's end.
_SENTENCE_END = re.compile(rf"[。！？!?]+[{_CLOSING}]*|(?<!\s)\.[{_CLOSING}]*(?=\s+[{_OPENING}]*[{_CAPITAL}])|\n+")
#: Characters of scripts without blanks between words.
_UNSPACED = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
#: A Latin word with what hangs on it (Qwen2.5-Max is one), or a run of Chinese characters.
_RUN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[-.'’_+&](?=[^\W_{_UNSPACED}]))*"
)


def sentence_ends(text: str) -> list[int]:
    """Return where each sentence of a text ends; the last one at the text's end."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]


def word_starts(text: str) -> list[int]:
    """Return where each word of a text starts: a Latin run, or what the tokenizer cuts of a Chinese one."""
    starts: list[int] = []
    for found in _RUN.finditer(text):
        starts.append(found.start())
        if found["unspaced"]:
            starts += [found.start() + edge for edge in word_edges(found.group())[:-1]]
    return starts
