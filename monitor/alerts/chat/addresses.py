"""Turns a link into one that no chat's markup can end, split or read as anything but an address. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

#: What stands for itself (RFC 3986, section 2), without what some markup uses: brackets, quotes, "*", ";", "|".
_AS_IT_IS = "/:?#@!$&+,=%-._~"


def chat_link(url: str) -> str:
    """Return the address in ASCII, with every character that could mean something to a chat percent-encoded."""
    parts = urlsplit(url) if url else None
    if parts is None or not parts.hostname:
        return ""
    try:
        host = parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        host = quote(parts.hostname)
    rest = url[url.index("://") + 3 + len(parts.netloc) :]
    port = f":{parts.port}" if parts.port else ""
    user = f"{quote(parts.netloc.rpartition('@')[0], safe=':')}@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{user}{_bracketed(host)}{port}{quote(rest, safe=_AS_IT_IS)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
