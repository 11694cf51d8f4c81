"""Dockerfile and compose.yaml keep what they promise; read as text and data, since no engine is needed for that."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.deploy.conftest import CHECKOUT, DEPLOY

ROLES = ("poller", "matcher", "notifier", "web")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def stages() -> list[list[tuple[str, str]]]:
    """Return the Dockerfile's stages, each as (instruction, arguments) in order."""
    text = (DEPLOY / "Dockerfile").read_text()
    code = "\n".join(x for x in text.splitlines() if not x.lstrip().startswith("#"))
    found: list[list[tuple[str, str]]] = []
    for line in code.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            if word == "FROM":
                found.append([])
            found[-1].append((word, " ".join(rest.split())))
    return found


def arguments(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for instruction, rest in stage if instruction == word]


def test_the_image_is_built_in_one_stage_and_runs_in_another() -> None:
    build, final = stages()
    assert arguments(build, "FROM")[0].endswith(" AS build")
    assert arguments(final, "COPY") == ["--from=build /opt/news-monitor /opt/news-monitor"]
    assert not any("pip" in x or "apt" in x for x in arguments(final, "RUN"))


def test_both_stages_stand_on_the_same_glibc_python() -> None:
    bases = {arguments(stage, "FROM")[0].split()[0] for stage in stages()}
    assert bases == {"python:3.12-slim-bookworm"}


def test_the_image_is_built_of_pinned_versions() -> None:
    (install,) = arguments(stages()[0], "RUN")
    assert "--constraint /src/constraints.txt" in install


def test_the_image_never_runs_as_root() -> None:
    (user,) = arguments(stages()[-1], "USER")
    assert user == "10001:10001"


def test_the_image_stops_by_the_signal_that_the_roles_know_and_reports_its_health() -> None:
    final = stages()[-1]
    assert arguments(final, "STOPSIGNAL") == ["SIGTERM"]
    assert len(arguments(final, "HEALTHCHECK")) == 1


def test_the_build_sees_what_it_copies_and_nothing_else() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = {x.strip("/") for rest in arguments(stages()[0], "COPY") for x in rest.split()[:-1]}
    assert "*" in ignore
    assert {x[1:] for x in ignore if x.startswith("!")} == copied
    assert all((CHECKOUT / x).exists() for x in copied)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_a_service(role: str) -> None:
    service = SERVICES[role]
    assert service["command"] == [role]
    assert service["environment"]["MONITOR__REDIS__URL"] == "redis://valkey:6379/0"
    assert service["depends_on"] == {"valkey": {"condition": "service_healthy"}}
    assert "./etc:/etc/news-monitor:ro" in service["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_confined_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert service["restart"] == "unless-stopped"
    assert "privileged" not in service


def test_the_web_role_alone_is_reached_from_outside_and_only_through_a_proxy_of_this_host() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8080:8080"]
    }
    assert SERVICES["web"]["profiles"] == ["web"]


def test_all_roles_bear_one_host_name_so_that_they_may_publish_one_settings_file() -> None:
    assert {SERVICES[role]["hostname"] for role in ROLES} == {"news-monitor"}


def test_valkey_keeps_every_write_and_only_the_roles_reach_it() -> None:
    valkey = SERVICES["valkey"]
    options = dict(zip(valkey["command"][1::2], valkey["command"][2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert valkey["volumes"] == ["queue:/data"]
    assert valkey["networks"] == ["queue"]
    assert COMPOSE["networks"]["queue"] == {"internal": True}


def test_what_the_notifier_writes_outlives_its_container() -> None:
    assert "mail:/var/lib/news-monitor" in SERVICES["notifier"]["volumes"]
    assert {"mail", "queue"} <= COMPOSE["volumes"].keys()
