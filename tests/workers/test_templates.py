"""Templates of the user's own: what they can do, what `check` says of broken ones, and that none costs an alert."""

from __future__ import annotations

import json
import re
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.alerts.deliveries import deliveries_of, notice_deliveries
from monitor.alerts.hook_body import hook_body
from monitor.cli.main import app
from monitor.settings.schema import Settings
from tests.alerts.samples import NOTICE, a_digest, an_alert, an_update
from workers.templates import Templates, read_templates

DOCS = Path(__file__).parents[2] / "docs"


def settings(*, operator: bool = False, **hook: Any) -> Settings:
    channels = [
        {"id": "box", "type": "mailbox", "path": "mail"},
        {"id": "hook", "type": "webhook", "url": "https://hook.example/", "body_template": "desk.json", **hook},
    ]
    alerts = {"operator_channel": "hook"} if operator else {}
    return Settings.model_validate({"mail": {"templates": "own"}, "channels": channels, "alerts": alerts})


def write(folder: Path, **files: str) -> None:
    """Write `mail_html="..."` to own/mail.html, and `desk="..."` to desk.json."""
    (folder / "own").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / "desk.json" if name == "desk" else folder / "own" / name.replace("_", ".")
        path.write_text(text, "utf-8")


def told(folder: Path, given: Settings, alert: Any = None) -> tuple[dict[str, str], str, list[str]]:
    """Return the two parts of the mail, the webhook's body, and what was complained of."""
    complaints: list[str] = []
    templates = read_templates(given, folder, complain=complaints.append)
    box, hook = deliveries_of(
        alert or an_alert(), given.channels, mail=given.mail, time_zone="UTC", templates=templates
    )
    message = message_from_string(box.body, policy=policy.default)
    parts = {kind: part.get_content() for kind in ("plain", "html") if (part := message.get_body((kind,)))}
    return parts, hook.body, complaints


def test_templates_of_the_users_own_write_the_bodies(tmp_path: Path) -> None:
    write(
        tmp_path,
        mail_html="<style>h1 {color: red}</style><h1>{{ mail.watchlist }}</h1>{% include 'foot.html' %}",
        foot_html="<p>{{ mail.stories[0].items[0].title | marks }}</p>",
        mail_txt="{{ mail.stories[0].items[0].title | stars }}",
        desk='{"text": {{ watchlist.name | tojson }}, "kind": {{ type | tojson }}}',
    )
    parts, body, complaints = told(tmp_path, settings(), an_alert(name='Otter <b>"水獭"'))
    assert '<h1 style="color: red;">Otter &lt;b&gt;' in parts["html"]
    assert '<b class="hit">Teal</b>' in parts["html"]
    assert parts["plain"].endswith("distilled from *Teal*")
    assert json.loads(body) == {"text": 'Otter <b>"水獭"', "kind": "alert.created"}
    assert complaints == []


def test_a_shipped_template_can_be_changed_in_part(tmp_path: Path) -> None:
    """As docs/mail.md shows; and the rest stays ours."""
    shown = re.search(r"```jinja\n(.*?)```", (DOCS / "mail.md").read_text("utf-8"), re.DOTALL)
    assert shown
    write(tmp_path, mail_html=shown[1], desk="{}")
    parts, _, complaints = told(tmp_path, settings(), an_update())
    assert complaints == []
    assert "color: #7a1fa2" in parts["html"].split("</head>")[1]
    assert "3 of 7 are copies" in parts["html"]
    assert "3 of 7 are copies" in parts["plain"]


@pytest.mark.parametrize("alert", [an_alert(), an_update(), a_digest()], ids=lambda alert: alert.type)
def test_the_body_of_the_docs_is_made_of_every_type(tmp_path: Path, alert: Any) -> None:
    shown = re.search(r"```jinja\n(.*?)```", (DOCS / "webhook.md").read_text("utf-8"), re.DOTALL)
    assert shown
    write(tmp_path, mail_txt="", desk=shown[1])
    _, body, complaints = told(tmp_path, settings(), alert)
    assert complaints == []
    made = json.loads(body)
    assert made["summary"].startswith("Otter 水獭: ")
    assert made["custom"]["id"] == alert.id


BROKEN = {
    "a tag that is not closed": ({"mail_html": "a\n{% if x %}"}, "mail.html, line 2: Unexpected end of template"),
    "a name that does not exist": ({"mail_txt": "{{ mail.subjct }}"}, "mail.txt fails: UndefinedError"),
    "a way out of the sandbox": ({"mail_txt": "{{ mail.__class__.__mro__ }}"}, "mail.txt fails: SecurityError"),
    "a file outside of the folder": (
        {"mail_txt": "{% include '../settings.toml' %}"},
        "mail.txt fails: TemplateNotFound",
    ),
    "an empty folder": ({"other_txt": ""}, "there is neither mail.html nor mail.txt in it"),
    "no JSON": ({"mail_txt": "", "desk": "{{ type }}"}, "fails on alert.created: what it makes is no JSON"),
    "no digest": ({"mail_txt": "", "desk": "{{ story.id | tojson }}"}, "fails on digest.created: UndefinedError"),
}


@pytest.mark.parametrize(("files", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_refused_by_check_and_replaced_where_alerts_are_made(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    write(tmp_path, **{"desk": "{}", **files})
    parts, body, complaints = told(tmp_path, settings(), a_digest())
    (complaint,) = complaints
    assert said in complaint
    assert complaint.endswith("the shipped one is used")
    if "desk" in files:
        assert body == hook_body(a_digest(), settings().channels[1])  # type: ignore[arg-type]  # the hook
    else:
        assert "3 stories" in parts["plain"]
        assert "3 stories" in parts["html"]

    file = tmp_path / "settings.toml"
    file.write_text(
        '[mail]\ntemplates = "own"\n[[channels]]\nid = "hook"\ntype = "webhook"\nurl = "https://hook.example/"\n'
        'body_template = "desk.json"\n[[watchlists]]\nid = "w"\nterms = ["a"]\nchannels = ["hook"]\n'
    )
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert said in result.stderr
    assert f"{file}:{7 if 'desk' in files else 2}: " in result.stderr


def test_a_template_that_fails_on_one_alert_only_is_replaced_for_that_one(tmp_path: Path) -> None:
    fails = "{% if 'Teal' in mail.subject %}{{ 1 // 0 }}{% endif %}ours"
    write(
        tmp_path,
        mail_txt=fails,
        desk='{% if type == "alert.created" and story.id[:4] == "sto_" %}{"a": {{ why }}}{% else %}{}{% endif %}',
    )
    given = settings()
    complaints: list[str] = []
    templates = read_templates(given, tmp_path, complain=complaints.append)
    assert "no JSON" in complaints.pop()
    box, hook = deliveries_of(an_alert(), given.channels, mail=given.mail, time_zone="UTC", templates=templates)
    assert "ZeroDivisionError" in complaints[0]
    assert "Why you get this" in message_from_string(box.body, policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]  # a mail has a plain body
    assert json.loads(hook.body)["id"] == an_alert().id


def test_the_operators_channel_has_to_write_notices_too(tmp_path: Path) -> None:
    write(tmp_path, mail_txt="x", desk='{"w": {{ watchlist.name | tojson }}}')
    assert told(tmp_path, settings())[2] == []
    assert "fails on operator.notice" in told(tmp_path, settings(operator=True))[2][0]
    write(tmp_path, desk='{"why": {{ why | tojson }}}')
    given = settings(operator=True)
    templates = read_templates(given, tmp_path)
    (made,) = notice_deliveries(NOTICE, given.channels[1], mail=given.mail, templates=templates)
    assert json.loads(made.body) == {"why": NOTICE.title}


def test_a_body_that_is_no_json_is_sent_where_the_content_type_says_so(tmp_path: Path) -> None:
    write(tmp_path, mail_txt="x", desk="{{ watchlist.name }}: {{ why }}")
    _, body, complaints = told(tmp_path, settings(content_type="text/plain; charset=utf-8"))
    assert complaints == []
    assert body == f"Otter 水獭: {an_alert().why}"


def test_an_edited_template_counts_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("workers.templates.time.monotonic", lambda: now)
    write(tmp_path, mail_txt="one", desk="{}")
    templates = Templates(tmp_path)
    templates.apply(settings())
    before = templates.now()
    now = 10.0
    assert templates.now() is before
    write(tmp_path, mail_html="two")
    now = 11.0
    assert templates.now() is before
    now = 20.0
    html = templates.now().mail("own").html
    assert html is not None
    assert html.render() == "two"
