"""Secrets are read where they are named, and hidden in every address that is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SettingsError
from monitor.settings.secrets import masked_url, names_secret, read_secret

SHOWN = [
    ("https://a.example/feed.xml", "https://a.example/feed.xml"),
    ("https://me:hunter2@a.example:8443/feed", "https://***@a.example:8443/feed"),
    ("https://me@a.example/", "https://***@a.example/"),
    ("redis://:hunter2@db.example:6379/0", "redis://***@db.example:6379/0"),
    ("unix:///run/news/redis.sock", "unix:///run/news/redis.sock"),
    # Parameters: by name, or by how they look.
    ("https://a.example/rss?token=abc&lang=zh", "https://a.example/rss?token=***&lang=zh"),
    ("https://a.example/rss?access_token=abc", "https://a.example/rss?access_token=***"),
    ("https://a.example/rss?apikey=abc&author=bob", "https://a.example/rss?apikey=***&author=bob"),
    ("https://a.example/rss?api%5Fkey=abc", "https://a.example/rss?api%5Fkey=***"),
    ("https://a.example/rss?u=5f3a9c0b1d2e4f6a7b8c", "https://a.example/rss?u=***"),
    ("https://a.example/rss?5f3a9c0b1d2e4f6a7b8c", "https://a.example/rss?***"),
    ("https://news.example/rss/search?q=Meta+when:7d&hl=en-US", "https://news.example/rss/search?q=Meta+when:7d&hl=en-US"),
    # Paths: chat hooks and private feeds, but not words, dates and numbers.
    ("https://hooks.example/services/T024BE7LD/B04ABC12D/Xy9zAb3cDe7fGh1jKl5mNo2p", "https://hooks.example/services/T024BE7LD/B04ABC12D/***"),
    ("https://api.example/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send", "https://api.example/***/send"),
    ("https://a.example/feeds/123e4567-e89b-12d3-a456-426614174000.xml", "https://a.example/feeds/***"),
    ("https://a.example/abcDEF-ghi_jklMNO123pqrSTU/rss", "https://a.example/***/rss"),
    ("https://a.example/2026/07/24/gpt-5-and-claude-4-compared", "https://a.example/2026/07/24/gpt-5-and-claude-4-compared"),
    ("https://a.example/id/19854910/device/rss.html", "https://a.example/id/19854910/device/rss.html"),
    ("https://a.example/category/artificial-intelligence/feed/", "https://a.example/category/artificial-intelligence/feed/"),
    ("https://a.example/新闻/feed", "https://a.example/新闻/feed"),
    ("http://[bad", "***"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert masked_url(url) == shown


@given(
    user=st.text(st.characters(categories=["L", "N"]), min_size=8),
    password=st.text(st.characters(categories=["L", "N"]), min_size=8),
    path=st.text(st.characters(categories=["L", "N"]), max_size=6),
)
def test_what_stands_before_the_host_is_never_shown(user: str, password: str, path: str) -> None:
    shown = masked_url(f"https://{user}:{password}@a.example/{path}")
    assert user not in shown
    assert password not in shown


@pytest.mark.parametrize(
    "name", ["password", "PASSWD", "api_key", "X-Api-Key", "access_token", "secret", "Authorization"]
)
def test_a_name_that_says_secret_is_one(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", ["author", "monkey", "keyword", "host", "sender", "password_env"])
def test_other_names_are_none(name: str) -> None:
    assert not names_secret(name)


def test_a_secret_comes_from_a_variable_or_from_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" hunter2 \n\n")
    assert read_secret(env="A", file=None, environ={"A": "hunter2\r\n"}, base=tmp_path) == "hunter2"
    assert read_secret(env=None, file="token", environ={}, base=tmp_path) == " hunter2 \n"
    assert read_secret(env=None, file=str(tmp_path / "token"), environ={}, base=Path("/")) == " hunter2 \n"


@pytest.mark.parametrize(
    ("env", "file", "said"),
    [
        ("A", None, "environment variable A: is not set"),
        ("EMPTY", None, "environment variable EMPTY: is not set"),
        (None, "none", "none: No such file or directory"),
        (None, "empty", "empty: is empty"),
        (None, "gbk", "gbk: is not UTF-8 text"),
        (None, None, "neither"),
    ],
)
def test_a_secret_that_is_not_there_is_named(tmp_path: Path, env: str | None, file: str | None, said: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "gbk").write_bytes("密码".encode("gbk"))
    with pytest.raises(SettingsError) as refusal:
        read_secret(env=env, file=file, environ={"EMPTY": ""}, base=tmp_path)
    assert said in str(refusal.value)
