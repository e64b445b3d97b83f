"""Which local LLM a workspace has: its file, and the one record that says so."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr, TypeAdapter, ValidationError

from agents.llm.local.catalogue import checked_hash, model_at, model_named
from agents.llm.local.fetching import PART, download, take
from hone.errors import UsageError
from hone.privacy import make_private_folder
from hone.progress import Progress
from hone.settings import LlmSettings

FOLDER, RECORD, RUNNING = "llm", "installed.json", "running.json"
Record = TypeVar("Record")
CONTEXT = 4096  # tokens: six passages, the rules and an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model that is installed."""

    name: str
    file: str  # in the workspace's folder of models
    origin: str  # where it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningModel:
    """Where the installed model is served, and what has to be shown there."""

    url: str
    key: str
    pid: int


def folder_of(home: Path) -> Path:
    """Name the folder of a workspace's local LLM."""
    return home / FOLDER


def install(what: str, home: Path, sha256: str, progress: Progress) -> LocalModel:
    """Install a model by its name, from a file or from an address; the one before is removed when all went well."""
    folder, before = folder_of(home), installed(home)
    pin = checked_hash(sha256)
    if what.startswith(("http://", "https://")):
        file = download(model_at(what, pin), folder, progress)
    elif what.endswith(".gguf") or Path(what).exists():
        source = Path(what).expanduser()
        if not source.is_file():
            raise UsageError(f"There is no file {what}.", hint="Give the path of a GGUF file, or a model's name.")
        file = take(source, folder, pin, progress)
    else:
        file = download(model_named(what), folder, progress)
    model = LocalModel(name=file.stem, file=file.name, origin=what)
    _write(folder / RECORD, asdict(model))
    if before is not None and before.file != model.file:
        (folder / before.file).unlink(missing_ok=True)
    return model


def remove(home: Path) -> LocalModel | None:
    """Remove the installed model, and what is left of downloads that broke off."""
    folder, model = folder_of(home), installed(home)
    (folder / RECORD).unlink(missing_ok=True)
    for file in [*folder.glob("*.gguf"), *folder.glob(f"*{PART}")]:
        file.unlink(missing_ok=True)
    return model


def installed(home: Path) -> LocalModel | None:
    """Read which model is installed; one whose file is gone is not."""
    model = _read(folder_of(home) / RECORD, TypeAdapter(LocalModel))
    return model if model is not None and (folder_of(home) / model.file).is_file() else None


def announce(home: Path, url: str, key: str, pid: int) -> None:
    """Write down where the model is served, for nobody's eyes but the owner's."""
    _write(folder_of(home) / RUNNING, asdict(RunningModel(url=url, key=key, pid=pid)))


def withdraw(home: Path) -> None:
    """Say that it is served no more."""
    (folder_of(home) / RUNNING).unlink(missing_ok=True)


def running(home: Path) -> RunningModel | None:
    """Read where the model is served, if the process that serves it is there."""
    found = _read(folder_of(home) / RUNNING, TypeAdapter(RunningModel))
    return found if found is not None and _is_there(found.pid) else None


def settings_of(home: Path, settings: LlmSettings) -> LlmSettings | None:
    """Return the settings to reach an LLM by: those that name one, or the installed model's while it is served."""
    if settings.model:
        return settings
    model, served = installed(home), running(home)
    if model is None or served is None:
        return None
    return settings.model_copy(
        update={
            "provider": "openai",
            "base_url": served.url,
            "model": model.name,
            "api_key": SecretStr(served.key),
            "context_tokens": min(settings.context_tokens, CONTEXT),
        }
    )


def new_key() -> str:
    """Make what the model's server wants to see: pages in a browser reach loopback too."""
    return secrets.token_urlsafe(24)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(file: Path, kind: TypeAdapter[Record]) -> Record | None:
    try:
        return kind.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _write(file: Path, value: dict[str, object]) -> None:
    make_private_folder(file.parent)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
