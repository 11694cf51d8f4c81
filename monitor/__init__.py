"""A news monitoring service: from feeds to alerts, nothing lost, nothing repeated.

The flow, which the folders follow: a poller fetches and parses feeds (`feeds`), and commits new items with what it must
remember of the feed in one step (`queue`). Matchers take the items from a Redis stream, decide which watchlists each
belongs to (`watchlists`, on folded `text`), render the alerts (`alerts`) and commit them with their deliveries in one
step. The notifier sends each delivery through its channel (`alerts.channels`) until it is settled. `settings` says what
to follow and where to tell; the processes themselves live in `workers`.
"""

__version__ = "0.1.0"
