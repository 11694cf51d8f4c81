"""The processes: each takes work from a queue, asks the stations to decide, and commits the outcome once.

`wiring` is the only place where stations meet; `loop` is how work is taken, handled, left or buried; `life` is what a
process owes to those who watch over it; `keeper` and `follower` bring changed settings into every process.
"""
