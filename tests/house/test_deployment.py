"""`.env.example`, the compose file and its images: every setting is named, no secret has a default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ingestor.config import Settings
from ingestor.server import TIMESCALE_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = dotenv_values(ROOT / ".env.example", interpolate=False)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL")


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_the_example_names_every_setting_with_its_default(setting: str) -> None:
    value = EXAMPLE[setting.upper()]
    if value:
        assert value == str(Settings.model_fields[setting].default)


def test_every_line_of_the_example_is_explained() -> None:
    text = (ROOT / ".env.example").read_text()
    assert len(EXAMPLE) == len(re.findall(r"^# .+\n[A-Z_]+=", text, re.MULTILINE))


@pytest.mark.parametrize("name", [name for name in EXAMPLE if SECRET.search(name)])
def test_the_example_holds_no_secret(name: str) -> None:
    assert EXAMPLE[name] == ""


def test_the_compose_file_reads_only_what_the_example_names() -> None:
    assert set(re.findall(r"\$\{(\w+)", COMPOSE)) <= EXAMPLE.keys()


def test_no_password_has_a_default() -> None:
    operators = dict(re.findall(r"\$\{(\w*PASSWORD)(:-\}|..)", COMPOSE))
    assert operators.pop("GF_SMTP_PASSWORD") == ":-}", "a mail server may want none"
    assert set(operators.values()) == {":?"}


def test_ports_are_published_on_this_machine_only() -> None:
    published = re.findall(r"^      - (\S+):\d+$", COMPOSE, re.MULTILINE)
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_database_is_migrated_for_the_broker_that_feeds_it() -> None:
    services = dict(re.findall(r"^  (\w+):\n((?:(?:    .*)?\n)+)", COMPOSE, re.MULTILINE))
    brokers = [re.findall(r"^      BROKER: (.+)$", services[name], re.MULTILINE) for name in ("migrate", "ingestor")]
    assert brokers == [["${BROKER:-simulate}"]] * 2


def test_the_database_sends_no_telemetry_as_our_own_server_does_not() -> None:
    assert f'TIMESCALEDB_TELEMETRY: "{TIMESCALE_SETTINGS["timescaledb.telemetry_level"]}"' in COMPOSE


def test_images_are_pinned() -> None:
    dockerfile = (ROOT / "ingestor" / "Dockerfile").read_text()
    images = re.findall(r"^    image: (\S+)", COMPOSE, re.MULTILINE) + re.findall(
        r"^FROM (\S+)", dockerfile, re.MULTILINE
    )
    assert len(images) == 3
    assert all(re.search(r":v?\d+\.\d+\.\d+", image) for image in images)
