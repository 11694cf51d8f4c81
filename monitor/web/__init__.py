"""The service on the web: the callback that hubs speak to, the pages behind the links of alerts, and two pages by which
others see that it lives.

Turns requests into calls of a `Receiver` or `Reader` and their answers into responses; decides nothing, knows no Redis.
"""
