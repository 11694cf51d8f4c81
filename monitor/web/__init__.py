"""The service on the web: the callback that hubs speak to, and two pages by which others see that it lives.

Turns requests into calls of a `Receiver` and its answers into responses; decides nothing, knows no Redis.
"""
