"""The bytes of a document -> its entries as items, whatever its dialect, encoding and faults.

`parser_pool` has it done in a process that can be killed (`parser_process`): `quick_read` where it can, else feedparser
(`parse`). Nothing here asks the network, or knows what was polled before but by marks (`cut`).
"""
