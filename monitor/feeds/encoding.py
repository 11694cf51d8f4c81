"""From the bytes of a document to its text: which character encoding it really has.

Declarations are often wrong (a server's default charset, a template's XML declaration), so each candidate has to prove
itself on the bytes. Only encodings in use for feeds are tried, never Python's stranger codecs. Never raises.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: "<?" or "<r" in wide characters (XML 1.0, appendix F).
_WIDE = ((re.compile(rb"<\0[^\0]\0"), "utf-16-le"), (re.compile(rb"\0<\0[^\0]"), "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
#: Labels that stand for a superset (WHATWG Encoding, section 4.2), by the name of Python's codec.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_IN_USE = re.compile(
    r"utf-8|gb18030|big5hkscs|cp125\d|iso8859-\d+|koi8-[ru]|cp932|cp949|euc_jp|iso2022_jp|hz|mac-roman|cp874|tis-620"
)
#: Share of the non-ASCII characters that may be broken before a candidate is ruled out: publishers cut texts by bytes.
_TOLERANCE = 0.02


def decode(body: bytes, content_type: str) -> str:
    """Decode a document by the first candidate that its bytes bear out.

    A byte order mark decides (RFC 7303, section 3.3); then valid UTF-8, which other encodings do not hit by chance;
    then what the header and the XML declaration say; then GB18030, the likeliest where a Chinese page declares nothing
    true.
    """
    wide = _wide_encoding(body)
    if wide:
        return body.decode(wide, "replace").removeprefix("\ufeff")
    for encoding in _candidates(body, content_type):
        text = _try(body, encoding)
        if text is not None:
            return text
    return body.decode("cp1252", "replace")


def _wide_encoding(body: bytes) -> str | None:
    by_mark = (encoding for mark, encoding in _BOMS if body.startswith(mark))
    by_look = (encoding for look, encoding in _WIDE if look.match(body))
    return next(by_mark, None) or next(by_look, None)


def _candidates(body: bytes, content_type: str) -> Iterator[str]:
    header = _CHARSET.search(content_type)
    declared = _XML_ENCODING.match(body)
    labels = [header[1] if header else "", declared[1].decode("ascii") if declared else ""]
    named = [codec for codec in map(_codec, labels) if codec]
    # Seven-bit encodings look like plain ASCII, which is valid UTF-8: for them the declaration is all there is.
    yield from (codec for codec in named if codec in ("iso2022_jp", "hz"))
    yield "utf-8"
    yield from named
    yield "gb18030"


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if _IN_USE.fullmatch(name) else None


def _try(body: bytes, encoding: str) -> str | None:
    # Not final: a document that breaks off inside a character is not held against the encoding.
    try:
        return codecs.getincrementaldecoder(encoding)().decode(body)
    except UnicodeDecodeError:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(body)
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") <= _TOLERANCE * beyond_ascii else None
