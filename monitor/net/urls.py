"""URLs as given -> absolute ones that can be fetched, and canonical ones by which copies of an item are known.

Pure; nothing is looked up or fetched. In doubt two addresses stay two: a wrong merge would hide news, a missed one
only repeats it.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from monitor.net.hosts import ascii_host

#: Of the only schemes there are here.
DEFAULT_PORTS = {"http": 80, "https": 443}
#: What browsers drop from an address before they read it (WHATWG URL, "basic URL parser").
_CONTROLS = "".join(map(chr, range(0x21)))
_LINE_BREAKS = re.compile(r"[\t\r\n]")
#: Everything that may stand in a URL as it is (RFC 3986, section 2), "%" included.
_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

#: Parameters that say where a reader came from and never which page it is; names in lower case.
_TRACKING = frozenset(
    {
        # Click ids of advertisers.
        *("fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "ysclid", "twclid", "ttclid"),
        *("li_fat_id", "igshid", "igsh", "_ga", "_gl", "_openstat"),
        # Mailing tools.
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "oly_enc_id", "oly_anon_id", "vero_id", "wt_mc", "xtor"),
        # What publishers put into their own feeds: Alibaba, Bilibili, the BBC, Yahoo.
        *("spm", "spm_id_from", "vd_source", "at_medium", "at_campaign"),
        *("guccounter", "guce_referrer", "guce_referrer_sig"),
    }
)
#: Parameters with many meanings elsewhere, which tell nothing where their value is "rss".
_RSS_SOURCES = frozenset({"f", "from", "ref", "source", "src"})
#: More of them that hold for one host only: WeChat's articles are told apart by __biz, mid, idx and sn.
_TRACKING_OF_HOST = {"mp.weixin.qq.com": frozenset({"chksm", "scene", "srcid"})}


def absolute_url(url: str, base: str = "") -> str:
    """Resolve a link against its page, to an address that can be fetched as it is; "" for what is not http(s).

    The host comes out in ASCII and lower case; what may not stand in a URL is percent-encoded as UTF-8; all else,
    existing escapes, user and password and fragment included, stays to the letter. Source: RFC 3986, section 5, with
    the leniency of browsers for spaces, line breaks and backslashes.
    """
    parts = _split(url, base)
    return urlunsplit(parts) if parts else ""


def canonical_url(url: str, base: str = "") -> str:
    """Bring a link to the form by which copies of an item are recognised; "" for what is not http(s).

    On top of `absolute_url`: user, password, default port, tracking parameters and the fragment go; dot segments are
    resolved and escapes normalised (RFC 3986, section 6.2.2). Fragments that begin with "!" or "/" stay: on pages that
    route by them they are the article's address. Idempotent.
    """
    parts = _split(url, base)
    if not parts:
        return ""
    host = (parts.hostname or "").removesuffix(".")
    netloc = _netloc("", host, parts.port, scheme=parts.scheme)
    path = _without_dots(_normal_escapes(parts.path)) or "/"
    query = _without_tracking(_normal_escapes(parts.query), host)
    fragment = _normal_escapes(parts.fragment) if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def host_of(url: str) -> str:
    """Name the host of an absolute http(s) address, in ASCII and lower case; "" where there is none."""
    parts = _split(url, "")
    return (parts.hostname or "") if parts else ""


def without_userinfo(url: str) -> str:
    """Leave user, password and fragment out of an absolute address, for errors and logs."""
    parts = _split(url, "")
    if not parts:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _split(url: str, base: str) -> SplitResult | None:
    """Resolve, check and repair an address; None for what is not http(s)."""
    try:
        joined = urljoin(_cleaned(base), _cleaned(url))
        parts = urlsplit(joined)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        return None
    host = ascii_host(parts.hostname or "")
    if scheme not in DEFAULT_PORTS or not host:
        return None
    userinfo = _legal(parts.netloc.rpartition("@")[0])
    netloc = _netloc(userinfo, host, port)
    return SplitResult(scheme, netloc, _legal(parts.path), _legal(parts.query), _legal(parts.fragment))


def _cleaned(url: str) -> str:
    text = _LINE_BREAKS.sub("", url.strip(_CONTROLS))
    end = min((at for at in map(text.find, "?#") if at >= 0), default=len(text))
    return text[:end].replace("\\", "/") + text[end:]


def _netloc(userinfo: str, host: str, port: int | None, *, scheme: str = "") -> str:
    """Write the authority; with a `scheme`, without its default port."""
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS.get(scheme):
        netloc = f"{netloc}:{port}"
    return f"{userinfo}@{netloc}" if userinfo else netloc


def _legal(text: str) -> str:
    return _ILLEGAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    # A header that is no UTF-8 arrives with its odd bytes as U+DC80 to U+DCFF (PEP 383): they go back as they came.
    odd = "\udc80" <= found[0] <= "\udcff"
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape" if odd else "replace"))


def _normal_escapes(text: str) -> str:
    """Decode what needs no escape, write all others in upper case, and escape a stray "%"."""
    return _ESCAPE.sub(_normal_escape, text) if "%" in text else text


def _normal_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    byte = int(found[1], 16)
    return chr(byte) if byte in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    """Resolve "." and ".." (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str, host: str) -> str:
    if not query:
        return ""
    more = _TRACKING_OF_HOST.get(host, frozenset())
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair, more))


def _is_tracking(pair: str, more: frozenset[str]) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower()
    if name.startswith("utm_") or name in _TRACKING or name in more:
        return True
    return value.lower() == "rss" and name in _RSS_SOURCES
