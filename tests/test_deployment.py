"""What the Dockerfile and the compose file name exists in the product: no Docker engine has to be there to see it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml
from pydantic import BaseModel

from cli.main import app
from cli.models.durations import read_duration
from hone.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("hone:")}


def settings_named(model: type[BaseModel], prefix: str) -> set[str]:
    """Name the variable of every setting."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= settings_named(inner, f"{variable}__")
        else:
            found.add(variable)
    return found


def command_of(words: list[str]) -> None:
    """Find the command that some words call, as the command line would."""
    found: Any = typer.main.get_command(app)
    while hasattr(found, "commands"):
        assert words, f"{found.name!r} is a group of commands"
        word, *words = words
        assert word in found.commands, f"hone has no command {word!r}"
        found = found.commands[word]
    options = {name for parameter in found.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_compose_file_is_one() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_of_ours_exists(name: str) -> None:
    command_of(OURS[name]["command"])


def test_the_timer_watches_and_its_times_can_be_read() -> None:
    service = OURS["retrain"]
    words = [re.sub(r"^\$\{[A-Z_]+:-(.*)\}$", r"\1", word) for word in service["command"]]
    assert words[:3] == ["models", "retrain", "--watch"]
    for option in ("--every", "--budget"):
        assert read_duration(words[words.index(option) + 1], option)
    assert service["profiles"] == ["retrain"], "it starts only where somebody wants it"
    assert service["restart"] == "unless-stopped"


def test_the_images_own_command_exists() -> None:
    words = re.search(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert words is not None
    assert re.search(r'^ENTRYPOINT \["hone"\]$', DOCKERFILE, re.MULTILINE)
    command_of([word.strip(' "') for word in words[1].split(",")])


def test_every_command_in_the_comments_exists() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    told = re.findall(r"^#   docker compose run --rm admin (.+)$", text, re.MULTILINE)
    assert told
    for line in told:
        command_of(line.split())


def test_every_variable_of_ours_is_a_setting() -> None:
    known = settings_named(Settings, PREFIX)
    named = {key for service in OURS.values() for key in service["environment"]}
    named |= set(re.findall(r"\b(HONE_[A-Z_]+)=", DOCKERFILE))
    assert {"HONE_HOME", "HONE_STORE__URL"} <= named
    assert named <= known


def test_every_variable_that_is_read_is_in_the_example_or_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    read = set(re.findall(r"\$\{([A-Z_]+)", text))
    required = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    offered = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert required == {"QDRANT_API_KEY"}
    assert required <= offered <= read


def test_ports_and_paths_agree() -> None:
    serve = OURS["app"]["command"]
    port = serve[serve.index("--port") + 1]
    assert OURS["app"]["ports"] == [f"127.0.0.1:{port}:{port}"], "it is published on loopback alone, for a proxy"
    assert f"EXPOSE {port}" in DOCKERFILE
    assert f"http://127.0.0.1:{port}/healthz" in DOCKERFILE
    home = OURS["app"]["environment"]["HONE_HOME"]
    assert f"HONE_HOME={home}" in DOCKERFILE
    assert f"VOLUME {home}" in DOCKERFILE
    for service in OURS.values():
        assert f"hone:{home}" in service["volumes"]
        assert any(volume.endswith(f":{home}/hone.toml:ro") for volume in service["volumes"])
    assert OURS["app"]["environment"]["HONE_STORE__URL"] == "http://qdrant:6333"


def test_what_must_survive_is_in_a_volume() -> None:
    used = {
        volume.partition(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
        if re.match(r"[a-z]+:", volume)
    }
    assert used == set(COMPOSE["volumes"])


def test_no_service_of_ours_may_more_than_it_must() -> None:
    assert "USER 10001" in DOCKERFILE
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_whoever_waits_waits_for_something_healthy() -> None:
    services = cast(dict[str, dict[str, Any]], COMPOSE["services"])
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "test" in services[name]["healthcheck"]


def test_versions_are_those_that_are_tested() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", constraints, re.MULTILINE))
    assert f"torch=={pinned['torch']}" in DOCKERFILE
    server = re.fullmatch(r"qdrant/qdrant:v(\d+\.\d+)\.\d+", COMPOSE["services"]["qdrant"]["image"])
    assert server is not None
    assert pinned["qdrant-client"].startswith(f"{server[1]}.")


def test_the_image_gets_every_package_and_nothing_else() -> None:
    kept = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages <= kept
    assert not kept & {"tests", "benchmarks", "docs"}
