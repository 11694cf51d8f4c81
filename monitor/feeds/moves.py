"""Permanent redirects from poll to poll: when a feed has moved for good, and where it is asked then. Pure.

A chain is permanent only if every hop is (301 or 308; RFC 9110, sections 15.4.2 and 15.4.9); one that says so in three
polls in a row means it. Temporary redirects are followed each time anew and never stored.
"""

from __future__ import annotations

from msgspec.structs import replace

from monitor.model import Feed, Move
from monitor.net.hops import first_hop, next_hop
from monitor.net.messages import Request

STABLE_POLLS = 3
_PERMANENT = frozenset((301, 308))


def permanent_target(redirects: tuple[tuple[int, str], ...]) -> str:
    """Give the address that redirects (status, address) lead to for good; "" where one of them may change."""
    if redirects and all(status in _PERMANENT for status, _ in redirects):
        return redirects[-1][1]
    return ""


def with_poll(move: Move | None, asked: str, moved_to: str) -> Move | None:
    """Count one good poll of the address `asked` that led to `moved_to` for good ("": to no other address).

    The result has a new `address` once a target was stable for so long.
    """
    if move is None and not moved_to:
        return None
    origin = move.origin if move and asked == move.address else asked
    if not moved_to:
        # Asked where it has moved to it answers there; asked at its old address it has come back.
        return move if move and asked == move.address else None
    if move is None or move.origin != origin:
        move = Move(origin, moved_to, 0)
    if move.target != moved_to:
        move = replace(move, target=moved_to, polls=0)
    if move.polls == STABLE_POLLS:
        return move
    polls = move.polls + 1
    return replace(move, polls=polls, address=moved_to if polls == STABLE_POLLS else move.address)


def moved(feed: Feed, move: Move | None) -> Feed | None:
    """Give a feed as it is polled at its new address; None where the move is not this address', or not stable yet.

    Secrets go along just as with a redirect: to another origin they do not.
    """
    if move is None or not move.address or move.origin != feed.url:
        return None
    start = first_hop(Request(url=feed.url, headers=feed.headers, credentials=feed.credentials))
    hop = next_hop(start, move.address) if start else None
    return replace(feed, url=hop.target.url, headers=hop.headers, credentials=None) if hop else None
