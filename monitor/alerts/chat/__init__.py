"""Alerts as chat messages: what a reader sees of an alert becomes lines, and these each service's own markup.

No I/O. Whatever a feed says stays text: no title becomes a mention, a link or markup. Messages are cut to each
service's size by leaving out whole things, and their links last.
"""
