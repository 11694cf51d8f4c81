"""How fast and how small the service is, measured against the bars that it has to meet: `make bench`.

Each module measures one thing and returns its figures; docs/benchmarks.md says what they were, where, and how to read
them.
"""
