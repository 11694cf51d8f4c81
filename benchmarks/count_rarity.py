"""Items as JSON lines to monitor/stories/rarity.txt: how common each word, name, figure and event is among them.

    python -m benchmarks.count_rarity items.jsonl.gz > monitor/stories/rarity.txt

Only counts leave the items: tokens of at least `LEAST` of them, by the natural logarithm of "one item in so many".
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

from monitor.cli.items import Items
from monitor.stories.lexicon import name_finder
from monitor.stories.traits import Text, tokens_of, traits_of

#: Tokens of fewer items are as rare as those of none.
LEAST = 8


def main() -> None:
    """Count the items of the file named on the command line, and print the table."""
    counts: Counter[str] = Counter()
    names, items = name_finder({}), 0
    for told in Items(Path(sys.argv[1])):
        traits = traits_of(told.item, names)
        counts.update(_tokens(traits.of_title) | _tokens(traits.of_summary))
        items += 1
    rows: dict[str, list[str]] = {}
    for token, count in sorted(counts.items()):
        if count >= LEAST:
            rows.setdefault(f"{math.log(items / count):.1f}", []).append(token)
    print(f"# How rare: ln(items / items with it), then what is so rare. Counted in {items} items; from {LEAST} up.")
    for rarity in sorted(rows, key=float):
        print("\t".join((rarity, *rows[rarity])))


def _tokens(text: Text) -> set[str]:
    return tokens_of(text) | set(text.events)


if __name__ == "__main__":
    main()
