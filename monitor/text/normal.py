"""A text to the form in which two texts are compared: one width, no capitals, simplified characters; blanks stay.

Where `monitor.text.fold` makes a text that terms are sought in, with a map back to every code point, this makes one to
be cut into words and figures. It keeps no offsets and never leaves out what stands between words.
"""

from __future__ import annotations

import unicodedata

from monitor.text.hanzi import SIMPLIFIED

#: What writers put for one sign: apostrophes and quotation marks, dashes, middle dots.
_SIGNS = {
    **dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
}
_TABLE = str.maketrans({**SIMPLIFIED, **_SIGNS, **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", "")})


def normalised(text: str) -> str:
    """Return the form in which a text is compared; two writings of one text give one form."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.translate(_TABLE)).casefold().translate(_TABLE)
