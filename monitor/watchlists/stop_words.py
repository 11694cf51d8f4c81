"""Words of grammar, and of every news item: no clause should hang on one, however the judged items may have fallen."""

from __future__ import annotations

_ENGLISH = """
a about after again against all also although always am amid among an and another any are around as at back be because
been before behind being below best between both but by can could day days did do does doing down during each even
ever every few first for from further get gets getting give given go goes going good got great had has have having he
her here hers him his how however i if in into is it its itself just last later least less like made make makes making
many may me might more most much must my near need never new news next no nor not now of off often on once one only or
other our out over own part people per put report reported reports said same say says see seen she should since so
some still such take than that the their them then there these they this those though through thus time to today too
two under until up upon us use used using very via was way we week weeks well were what when where whether which while
who whom whose why will with within without would year years yesterday yet you your
"""
_CHINESE = """
一个 一些 一种 一样 上述 不仅 不会 不是 不过 专家 业内 两个 个人 中国 为了 主要 之一 之后 之前 也是 事情 人们
人士 今天 今年 他们 以及 以来 但是 作为 你们 使用 例如 出现 分析 分钟 到了 前往 包括 去年 及其 发布 发生 发现
只是 可以 可能 同时 后来 告诉 因为 因此 图片 国内 国际 地方 多个 大家 如何 如果 就是 已经 并且 开始 当地 很多
成为 我们 所以 所有 报道 据悉 据说 支持 文章 方面 无法 日前 日电 时候 时间 显示 昨天 昨日 最新 月份 有关 本报
来源 来自 来说 查看 根据 此外 没有 没能 消息 然而 目前 相关 看到 知道 第一 等等 编辑 网友 能够 自己 表示 记者
认为 讯息 许多 这个 这些 这样 这种 进行 还是 还有 通过 那个 那些 都是 采访 问题 需要 非常 首先 其实 不同 虽然
甚至 尤其 其中 左右 左边 不要 十分 越来越 之间 之下 一起
"""

STOP_WORDS = frozenset((*_ENGLISH.split(), *_CHINESE.split()))
