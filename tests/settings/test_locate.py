"""The lines of a TOML text, found a second time."""

from __future__ import annotations

from monitor.settings.locate import last_line_of, line_of, toml_lines

TEXT = '''# [not.a.table]
include = [  # "x"
  "a#b", 'c]',
  """
  d = 1
  """,
]
"quoted.key" = 1

[net]
per_host = 2 # = 3
motto = """
[[feeds]]
""\\""""
[[feeds]]
id = 'a'
headers = { "X-A" = "1", B = "}" }

[[feeds.secret_headers]]
name = "X"
[[feeds.secret_headers]]
name = "Y"

[[feeds]]
id = "b"
mail.host = "h" # here they end

# before the channels
[[channels]]
id = "c"'''


def test_every_key_is_found_on_its_line() -> None:
    lines = toml_lines(TEXT)
    expected = {
        ("include",): 2,
        ("include", 0): 3,
        ("include", 1): 3,
        ("include", 2): 4,
        ("quoted.key",): 8,
        ("net", "per_host"): 11,
        ("net", "motto"): 12,
        ("feeds", 0): 15,
        ("feeds", 0, "id"): 16,
        ("feeds", 0, "headers", "X-A"): 17,
        ("feeds", 0, "headers", "B"): 17,
        ("feeds", 0, "secret_headers", 0, "name"): 20,
        ("feeds", 0, "secret_headers", 1, "name"): 22,
        ("feeds", 1): 24,
        ("feeds", 1, "mail", "host"): 26,
        ("channels", 0, "id"): 30,
    }
    assert {key: lines.get(key) for key in expected} == expected
    assert toml_lines(TEXT.replace("\n", "\r\n")) == lines


def test_a_key_that_is_missing_is_where_its_table_begins() -> None:
    assert line_of(toml_lines(TEXT), ("feeds", 1, "url")) == 24
    assert line_of(toml_lines(TEXT), ("watchlists", 0)) is None


def test_the_last_line_of_a_table_leaves_out_what_follows_it() -> None:
    assert [last_line_of(TEXT, name) for name in ("net", "feeds", "channels", "mail")] == [14, 26, 30, None]
