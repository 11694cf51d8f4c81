"""The encoding that a document really has decides, whatever it declares."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.reading.encoding import decode

CHINESE = "<r>记者从实验室获悉，模型与水果无关</r>"
TAIWAN = "<r>記者獲悉，該模型與水果無關，碁銹恒</r>"


def declared(encoding: str, text: str = CHINESE) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


CASES = {
    "nothing declared, UTF-8": (CHINESE.encode(), "", CHINESE),
    "nothing declared, GBK": (CHINESE.encode("gbk"), "", CHINESE),
    "a mark outranks the header": (codecs.BOM_UTF8 + CHINESE.encode(), "text/xml; charset=gbk", CHINESE),
    "UTF-16 with a mark": (CHINESE.encode("utf-16"), "text/xml; charset=utf-8", CHINESE),
    "UTF-16 without a mark": (CHINESE.encode("utf-16-be"), "", CHINESE),
    "UTF-32": (CHINESE.encode("utf-32"), "", CHINESE),
    "UTF-8 that the server calls Latin-1": (CHINESE.encode(), "text/xml; charset=ISO-8859-1", CHINESE),
    "the header names Big5": (TAIWAN.encode("cp950"), 'text/xml; charset="Big5"', TAIWAN),
    "Windows' characters under the name of Latin-1": (
        "<r>“naïf”</r>".encode("cp1252"),
        "text/xml; charset=latin1",
        "<r>“naïf”</r>",
    ),
    "a header that names no encoding": (CHINESE.encode(), "text/xml; charset=binary", CHINESE),
    "one mangled character": (CHINESE.encode() * 30 + b"\xe6", "", CHINESE * 30),
    "a seven-bit encoding": ("<r>新しい</r>".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "<r>新しい</r>"),
    "Shift JIS": ("<r>新しいモデル①</r>".encode("cp932"), "text/xml; charset=shift_jis", "<r>新しいモデル①</r>"),
    "bytes that are nothing": (b"<r>\xff\xff\x81\x20</r>", "", "<r>ÿÿ\ufffd </r>"),
}


@pytest.mark.parametrize(("body", "content_type", "text"), CASES.values(), ids=CASES)
def test_the_text_is_right_with(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type).text == text


@pytest.mark.parametrize(
    ("label", "real"),
    [
        ("gb2312", "gb18030"),
        ("gb2312", "utf-8"),
        ("GBK", "utf-8"),
        ("big5", "utf-8"),
        ("windows-1252", "utf-8"),
        ("utf-8", "gb18030"),
    ],
)
def test_the_bytes_outrank_a_wrong_declaration(label: str, real: str) -> None:
    assert decode(declared(label).encode(real), "").text == declared(label)


@pytest.mark.parametrize("codec", ["unicode_escape", "idna", "punycode", "rot13", "zlib", "utf-7", "x" * 300, "a\x00b"])
def test_no_strange_codec_of_python_is_ever_used(codec: str) -> None:
    assert decode(rb"<r>\x41 &#65; +AGE-</r>", f"text/xml; charset={codec}").text == r"<r>\x41 &#65; +AGE-</r>"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_no_bytes_and_no_header_raise(body: bytes, content_type: str) -> None:
    decode(body, content_type)
