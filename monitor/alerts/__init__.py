"""What an alert says, the channels that send it, and what an answer means.

`alert` makes an `Alert` of a match, `deliveries` renders it for each recipient (`render`, `mail`, `payload`),
`channels` send one delivery each, `outcome` reads the answer and `retry` says when to try again. Only `channels`
does I/O; nothing here stores, schedules or logs.
"""
