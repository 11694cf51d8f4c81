"""From the bytes of a document to its text: which character encoding it really has.

Declarations are often wrong (a server's default charset, a template's XML declaration), so each candidate has to prove
itself on the bytes. Only encodings in use for feeds are tried, never Python's stranger codecs. Never raises.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.feeds.reading.charset import best_guess, is_foreign, score_in

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
_META = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
#: Where a page has to say its encoding (HTML, section 4.2.5.4); templates say it a little later.
_META_WITHIN = 4096
#: Labels of the web (WHATWG Encoding, section 4.2) that Python does not know.
_LABELS = {
    **dict.fromkeys(("x-gbk", "csgb2312", "gb_2312-80", "cn-gb"), "gb18030"),
    **dict.fromkeys(("cn-big5", "x-x-big5", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("x-sjis", "sjis", "ms932"), "cp932"),
    **{"x-euc-jp": "euc_jp", "cseucpkdfmtjapanese": "euc_jp", "windows-949": "cp949", "korean": "cp949"},
    **dict.fromkeys(("mac", "csmacintosh", "x-mac-roman"), "mac-roman"),
    **{"x-mac-cyrillic": "mac-cyrillic", "ms-cyrl": "cp1251", "dos-874": "cp874", "iso-8859-8-i": "iso8859-8"},
    **{f"x-cp{number}": f"cp{number}" for number in range(1250, 1259)},
}
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
    r"utf-8|gb18030|big5hkscs|cp\d{3,4}|iso8859-\d+|koi8-[rtu]|euc_j\w+|iso2022_\w+|hz|johab|mac-\w+|tis-620|ptcp154"
)
#: Share of the non-ASCII characters that may be broken before a candidate is ruled out: publishers cut texts by bytes.
_TOLERANCE = 0.02
#: For UTF-8 it is larger, since what is not UTF-8 does not look like it by chance.
_TOLERANCE_UTF_8 = 0.25
#: Bytes on either side of the first fault that are looked at before all of a large document is.
_LOOKED_AT = 32 * 1024
#: A declaration is wrong where another encoding is likely, and that many times as likely.
_SURE = 0.2
_FAR_LIKELIER = 4.0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text, and what had to be said against its declarations."""

    text: str
    repairs: tuple[str, ...] = ()


def decode(body: bytes, content_type: str) -> Decoded:
    """Decode a document by the first candidate that its bytes bear out.

    A byte order mark decides (RFC 7303, section 3.3); then valid UTF-8, which other encodings do not hit by chance;
    then what the header, the XML declaration and a page's meta element say, unless the bytes read like another
    language's; then the language that they read like.
    """
    wide = _wide_encoding(body)
    if wide:
        return Decoded(body.decode(wide, "replace").removeprefix("\ufeff"))
    named = _declared(body, content_type)
    for encoding in _candidates(body, named):
        text = _try(body, encoding)
        if text is not None:
            return Decoded(text, tuple(_repairs(body, text, encoding, named)))
    return Decoded(body.decode("cp1252", "replace"), tuple(_repairs(body, "", "cp1252", named)))


def _repairs(body: bytes, text: str, encoding: str, named: Mapping[str, str]) -> Iterator[str]:
    if named and encoding not in named and not body.isascii():
        yield f"declared as {next(iter(named.values()))}, read as {encoding}"
    if broken := text.count("\ufffd"):
        yield f"characters that are broken in {encoding}: {broken}"


def _wide_encoding(body: bytes) -> str | None:
    by_mark = (encoding for mark, encoding in _BOMS if body.startswith(mark))
    by_look = (encoding for look, encoding in _WIDE if look.match(body))
    return next(by_mark, None) or next(by_look, None)


def _declared(body: bytes, content_type: str) -> dict[str, str]:
    """List the encodings that a document is said to have, the most telling first, each with its label."""
    header = _CHARSET.search(content_type)
    declared = _XML_ENCODING.match(body) or _META.search(body, 0, _META_WITHIN)
    labels = [header[1] if header else "", declared[1].decode("ascii") if declared else ""]
    return {codec: label for label in labels if (codec := _codec(label))}


def _candidates(body: bytes, named: Mapping[str, str]) -> Iterator[str]:
    # Seven-bit encodings look like plain ASCII, which is valid UTF-8: for them the declaration is all there is.
    yield from (codec for codec in named if codec.startswith(("iso2022", "hz")))
    yield "utf-8"
    guess = best_guess(body)
    for codec in named:
        if guess and guess.encoding != codec and guess.score > max(_SURE, _FAR_LIKELIER * score_in(body, codec)):
            yield guess.encoding
        yield codec
    if guess:
        yield guess.encoding
    if is_foreign(body):
        # The likeliest of all where a page of more than Latin declares nothing true.
        yield "gb18030"


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(_LABELS.get(label.lower(), label)).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    # Of IBM's encodings, those that are no superset of ASCII declare themselves in bytes that we could not read.
    return name if _IN_USE.fullmatch(name) and "<?".encode(name) == b"<?" else None


def _try(body: bytes, encoding: str) -> str | None:
    # Not final: a document that breaks off inside a character is not held against the encoding.
    try:
        return codecs.getincrementaldecoder(encoding)().decode(body)
    except UnicodeDecodeError as error:
        broken = error.start
    around = body[max(broken - _LOOKED_AT, 0) : broken + _LOOKED_AT]
    if len(body) > len(around) and not _is_tolerable(_mended(around, encoding), encoding):
        return None
    text = _mended(body, encoding)
    return text if _is_tolerable(text, encoding) else None


def _mended(body: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(body)


def _is_tolerable(text: str, encoding: str) -> bool:
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    tolerance = _TOLERANCE_UTF_8 if encoding == "utf-8" else _TOLERANCE
    return text.count("\ufffd") <= tolerance * beyond_ascii
