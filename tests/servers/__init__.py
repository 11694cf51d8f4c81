"""Real servers on 127.0.0.1 that tests start in their own loop and script answer by answer: feeds, webhooks, mail."""

from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import HANG_UP, Answer, Request, endless, held, redirect
from tests.servers.script import Changes, Script
from tests.servers.smtp import DROP, Mail, MailServer, Refusal
from tests.servers.webhooks import Call, WebhookReceiver

__all__ = [
    "DROP",
    "HANG_UP",
    "Answer",
    "Call",
    "Changes",
    "Entry",
    "FeedServer",
    "Mail",
    "MailServer",
    "Refusal",
    "Request",
    "Script",
    "WebhookReceiver",
    "endless",
    "held",
    "redirect",
]
