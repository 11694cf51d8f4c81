"""What the pages behind links say, in English and Chinese. Pure data, with the choice between the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.alerts.links import LASTS_DAYS, Purpose
from monitor.web.answers import State

Language = Literal["en", "zh"]

_DAYS = LASTS_DAYS["yes"]


@dataclass(frozen=True, slots=True)
class Words:
    """One page: heading, meaning, with `{watchlist}`, `{channel}` and `{recipient}` to fill in, and its button."""

    heading: str
    text: str
    button: str = ""


ASKED: Mapping[Language, Mapping[Purpose, Words]] = {
    "en": {
        "yes": Words("Was this relevant?", "An alert of {watchlist}:", "✓ Yes, relevant"),
        "no": Words("Was this not relevant?", "An alert of {watchlist}:", "✗ No, not relevant"),
        "mute": Words(
            "Mute for 24 hours?",
            "Alerts of {watchlist} on the channel {channel} are held for 24 hours, for everybody who gets them there. "
            "What is still open then comes afterwards.",
            "Mute for 24 hours",
        ),
        "unsubscribe": Words(
            "Unsubscribe?", "{recipient} gets no more alerts of {watchlist} by the channel {channel}.", "Unsubscribe"
        ),
    },
    "zh": {
        "yes": Words("这条提醒相关吗？", "来自监测主题 {watchlist} 的提醒：", "✓ 相关"),
        "no": Words("这条提醒不相关吗？", "来自监测主题 {watchlist} 的提醒：", "✗ 不相关"),
        "mute": Words(
            "静音 24 小时？",
            "{watchlist} 在渠道 {channel} 的提醒将暂停 24 小时，对该渠道的所有收件人生效；届时仍未了结的会随后发出。",
            "静音 24 小时",
        ),
        "unsubscribe": Words("退订？", "{recipient} 将不再通过渠道 {channel} 收到 {watchlist} 的提醒。", "退订"),
    },
}

DONE: Mapping[Language, Mapping[Purpose, Words]] = {
    "en": {
        "yes": Words("Noted: relevant ✓", "Thank you. It counts towards the precision of {watchlist}."),
        "no": Words("Noted: not relevant ✗", "Thank you. It counts towards the precision of {watchlist}."),
        "mute": Words(
            "Muted for 24 hours", "Alerts of {watchlist} on the channel {channel} are held until this time tomorrow."
        ),
        "unsubscribe": Words(
            "Unsubscribed",
            "{recipient} gets no more alerts of {watchlist} by the channel {channel}. "
            "Whoever runs this service can undo it.",
        ),
    },
    "zh": {
        "yes": Words("已记录：相关 ✓", "谢谢，已计入 {watchlist} 的准确率。"),
        "no": Words("已记录：不相关 ✗", "谢谢，已计入 {watchlist} 的准确率。"),
        "mute": Words("已静音 24 小时", "{watchlist} 在渠道 {channel} 的提醒将暂停到明天此时。"),
        "unsubscribe": Words(
            "已退订", "{recipient} 将不再通过渠道 {channel} 收到 {watchlist} 的提醒。如需恢复，请联系本服务的管理员。"
        ),
    },
}

REFUSED: Mapping[Language, Mapping[State, Words]] = {
    "en": {
        "bad": Words(
            "This link does not work",
            "It may have been cut when it was copied: open it from the alert itself. Or it is from before the "
            "service's key was replaced.",
        ),
        "expired": Words("This link has expired", f"Links of an alert work for {_DAYS} days."),
        "gone": Words("This alert is no longer kept", "It is too old to be judged."),
        "later": Words("Not possible right now", "Please try again in a minute: nothing has been changed."),
    },
    "zh": {
        "bad": Words("此链接无效", "可能在复制时被截断：请直接从提醒中打开。也可能是服务更换密钥之前的链接。"),
        "expired": Words("此链接已过期", f"提醒中的链接在 {_DAYS} 天内有效。"),
        "gone": Words("此提醒已不再保留", "时间太久，无法再评价。"),
        "later": Words("暂时无法处理", "请稍后再试：没有任何更改。"),
    },
}

#: Of an alert that was only sent to try a channel: before the click, and after it.
TRIAL: Mapping[Language, str] = {
    "en": "This alert was only a test: the button shows how it works, and changes nothing.",
    "zh": "这只是一条测试提醒：按钮仅作演示，不会更改任何内容。",
}
TRIED: Mapping[Language, Words] = {
    "en": Words("It works", "This alert was only a test: nothing has been changed."),
    "zh": Words("链接有效", "这只是一条测试提醒：没有任何更改。"),
}

SAID: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "yes": "It was marked relevant before. The last answer counts.",
        "no": "It was marked not relevant before. The last answer counts.",
    },
    "zh": {"yes": "此前已标为相关，以最后一次为准。", "no": "此前已标为不相关，以最后一次为准。"},
}

#: The link to the opposite answer, by the answer at hand.
OPPOSITE: Mapping[Language, Mapping[Purpose, str]] = {
    "en": {"yes": "✗ It was not relevant", "no": "✓ It was relevant"},
    "zh": {"yes": "改选 ✗ 不相关", "no": "改选 ✓ 相关"},
}


def language_of(accepted: str) -> Language:
    """Choose by an Accept-Language header (RFC 9110, section 12.5.4): the first of ours that weighs most."""
    best, weight = "en", 0.0
    for number, part in enumerate(accepted.split(",")[:20]):
        tag, _, parameters = part.strip().lower().partition(";")
        ours, quality = tag.split("-")[0].strip(), _quality(parameters)
        if ours in ("en", "zh") and quality - number * 1e-6 > weight:
            best, weight = ours, quality - number * 1e-6
    return "zh" if best == "zh" else "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, float(value))
    except ValueError:
        return 0.0
