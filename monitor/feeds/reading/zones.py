"""The name of a time zone, as feeds write it, to its distance from UTC at some time. Pure.

RFC 822's names mean what RFC 822 says; of the others, the sense that publishers use. IANA's names go by its tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

#: Minutes east of UTC. RFC 5322, section 4.3: military letters but Z were written with either sign, and tell nothing.
_NAMES = {
    **dict.fromkeys(("gmt", "utc", "ut", "z", "wet", "zulu", "etc"), 0),
    # RFC 822, section 5.1, with Disney's way of leaving the season out.
    **{"est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360},
    **{"mst": -420, "mdt": -360, "mt": -420, "pst": -480, "pdt": -420, "pt": -480},
    **{"ast": -240, "adt": -180, "at": -240, "nst": -210, "ndt": -150, "akst": -540, "akdt": -480, "hst": -600},
    # Europe, Africa, South America.
    **{"bst": 60, "west": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "eet": 120},
    **{"eest": 180, "msk": 180, "msd": 240, "trt": 180, "cat": 120, "eat": 180, "wat": 60, "sast": 120},
    **{"brt": -180, "brst": -120, "art": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "uyt": -180},
    # Asia and the Pacific.
    **{"gst": 240, "irst": 210, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420, "wita": 480, "wit": 540},
    **{"hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "acdt": 630},
    **{"aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780},
}
_IANA = re.compile(r"[a-z]{2,20}(?:/[a-z_+-]{2,30}){1,2}", re.IGNORECASE)


def named_offset(name: str, local: datetime) -> timedelta | None:
    """Tell how far east of UTC a named zone is at its `local` time, which is naive; None for no zone's name."""
    minutes = _NAMES.get(name.lower())
    if minutes is not None:
        return timedelta(minutes=minutes)
    key = _iana_names().get(name.lower()) if _IANA.fullmatch(name) else None
    return local.replace(tzinfo=ZoneInfo(key)).utcoffset() if key else None


@cache
def _iana_names() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}
