"""The demonstration: real servers and sample feeds around the ordinary service, watched live, checked at the end.

`run` plays the `plan` in the `world`, `show` draws what the `ledger` has recorded, `summary` judges it. Nothing here is
used by the service itself, which the demonstration starts as a user would: with a settings file.
"""
