"""The library `reader` as a program of its own (`benchmarks.programs`): a database, its feeds, and updates on demand.

Arguments: the database, the server's address, how many feeds at /0, /1, ... One number of threads a line comes in; one
JSON object goes out: the seconds of the update, its processor time, and how many entries the database then holds.
"""

from __future__ import annotations

import json
import sys
import time

from reader import make_reader


def main() -> None:
    """Add the feeds, then update all of them whenever told."""
    database, address, feeds = sys.argv[1:]
    with make_reader(database) as reader:
        for number in range(int(feeds)):
            reader.add_feed(f"{address}/{number}")
        for line in sys.stdin:
            started, used = time.perf_counter(), time.process_time()
            # Not by its schedule: all of them, as `rig` makes ours due.
            reader.update_feeds(workers=int(line), scheduled=False)
            spent = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - used}
            print(json.dumps({**spent, "entries": reader.get_entry_counts().total}), flush=True)


if __name__ == "__main__":
    main()
