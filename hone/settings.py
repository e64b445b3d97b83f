"""Settings: one typed object, read once by a front door from arguments, the environment and `hone.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from hone.errors import UsageError, masked
from hone.records import EVERYONE, Asker

FILE = "hone.toml"
PREFIX = "HONE_"
SOURCE_NAME = r"[\w.-]+"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReadersSettings(_Section):
    """Who can read some of a source's documents."""

    path: str  # a pattern as in .gitignore; the last one that fits a document counts
    groups: frozenset[str] = frozenset()  # empty: the admin group only


class SourceSettings(_Section):
    """A place that documents come from, and who can read them."""

    name: str = Field(pattern=f"^{SOURCE_NAME}$")
    path: str = Field(min_length=1)  # a file, a folder or a BEIR corpus.jsonl, relative to hone.toml
    groups: frozenset[str] = frozenset()  # empty: the admin group only
    include: tuple[str, ...] = ()  # globs; empty: every format Hone reads
    ignore: tuple[str, ...] = ()
    url: str = ""  # where people open these documents; a document's path is put behind it
    readers: tuple[ReadersSettings, ...] = ()  # of documents that don't say themselves who reads them


class PersonSettings(_Section):
    """A person and the groups they belong to; `everyone` need not be named."""

    name: str = ""
    groups: frozenset[str] = frozenset()


class EncoderSettings(_Section):
    """The encoder of a fresh workspace; once an index exists, the registry says which one serves."""

    model: str = "default"  # the packaged MiniLM, a folder, or a sentence-transformers name in the local cache
    truncate_dim: int | None = Field(default=None, ge=8)
    device: str = "auto"


class StoreSettings(_Section):
    """Where vectors live: in this process, or on a Qdrant server."""

    engine: Literal["embedded", "server"] = "embedded"
    url: str = "http://127.0.0.1:6333"
    api_key: SecretStr | None = None
    prefix: str = "hone"  # keeps workspaces apart that share a server


class ReadingSettings(_Section):
    """Limits for reading one file."""

    workers: int = Field(default=2, ge=1)
    seconds: float = Field(default=10.0, gt=0)  # of processor time; by the clock, ten times as many
    memory_mb: int = Field(default=1024, ge=256)
    file_mb: int = Field(default=64, ge=1)
    characters: int = Field(default=5_000_000, ge=1000)
    passages: int = Field(default=2000, ge=1)  # of one document; the longest of 1,159 handbook pages has 151


class SearchSettings(_Section):
    """How a page of hits is made."""

    hits: int = Field(default=10, ge=1, le=1000)
    per_document: int = Field(default=2, ge=1)  # passages of one document on a page
    log: bool = True
    reranker: str = ""  # the folder of a cross-encoder that reads the first results again; empty: none does
    rerank: int = Field(default=20, ge=1, le=1000)  # so many are read again
    rerank_seconds: float = Field(default=2.0, gt=0)  # after which they are shown as they were
    memory: bool = True  # whether what people confirmed for similar questions stands higher
    memory_weight: float = Field(default=16.0, ge=0, le=100)  # how far at most, in units of the combined score


class LlmSettings(_Section):
    """The LLM that plans and writes; without a model there is none, and answers are quoted."""

    provider: str = Field(default="openai", pattern=r"^[a-z0-9_]+$")  # the OpenAI protocol, or one of init_chat_model's
    base_url: str = Field(default="", pattern=r"^$|^https?://\S+$")  # empty: the provider's own
    model: str = ""
    api_key: SecretStr | None = None  # HONE_LLM__API_KEY keeps it out of the file
    timeout: float = Field(default=60.0, gt=0)  # seconds that one reply may take, to its last word
    max_tokens: int = Field(default=1024, ge=64)  # of one reply
    context_tokens: int = Field(default=8192, ge=1024)  # of prompt and reply together; passages are left out to fit


class AskSettings(_Section):
    """Limits of one ask; at a limit, the best answer so far is returned."""

    seconds: float = Field(default=60.0, gt=0)
    llm_calls: int = Field(default=8, ge=0)
    tokens: int = Field(default=60_000, ge=0)  # of prompts and replies
    rounds: int = Field(default=3, ge=1, le=3)  # of searches
    keep_days: int = Field(default=90, ge=1)  # how long a conversation is kept after its last question


class OidcSettings(_Section):
    """The identity provider that people log in with."""

    metadata_url: str = ""  # its …/.well-known/openid-configuration
    client_id: str = ""
    client_secret: SecretStr | None = None  # HONE_IDENTITY__OIDC__CLIENT_SECRET keeps it out of the file
    redirect_url: str = ""  # https://hone.example.com/oauth2callback, as the provider knows it
    cookie_secret: SecretStr | None = None  # any long random text; changing it logs everybody out


class IdentitySettings(_Section):
    """How Hone knows who asks. A person under `people` has the groups listed there, whatever is claimed."""

    mode: Literal["", "demo", "oidc", "header"] = ""  # empty: pages are not served
    name_claim: str = "email"
    groups_claim: str = "groups"
    groups: dict[str, str] = {}  # a claimed group → Hone's name for it; `admin` is given by this table alone
    hours: float = Field(default=12.0, gt=0)  # after which a login's claims are too old, and it is asked for again
    user_header: str = "X-Forwarded-Email"
    groups_header: str = "X-Forwarded-Groups"  # separated by commas
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # addresses whose headers are believed
    oidc: OidcSettings = OidcSettings()


class ServeSettings(_Section):
    """How `hone serve` serves."""

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=0, le=65535)
    hosts: tuple[str, ...] = ()  # names that people reach it by, besides the loopback ones
    answers: int = Field(default=16, ge=1)  # under way at once; who comes later is asked to try again
    per_person: int = Field(default=3, ge=1)  # of these
    per_minute: int = Field(default=60, ge=1)  # requests of one person
    connections: int = Field(default=1000, ge=8)  # open at once; the limit of open files may allow fewer
    per_address: int = Field(default=250, ge=1)  # of these; not for identity.proxies, which many people come through
    names: bool = False  # whether admins see who asked what


class TrainingSettings(_Section):
    """What is learned from use, and from whom."""

    opted_out: tuple[str, ...] = ()  # nothing is learned from these people, nor from those who said so themselves
    restricted: bool = False  # learn from documents that not everybody may read, too; the model's manifest says so
    authors: dict[str, tuple[str, ...]] = {}  # patterns of documents, as in .gitignore → people who wrote them
    shuffled: float = Field(default=0.0, ge=0, le=0.2)  # share of pages whose neighbours may change places


class Settings(BaseSettings):
    """Every setting of one workspace."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Path(".hone")
    sources: tuple[SourceSettings, ...] = ()
    people: dict[str, PersonSettings] = {}
    encoder: EncoderSettings = EncoderSettings()
    store: StoreSettings = StoreSettings()
    reading: ReadingSettings = ReadingSettings()
    search: SearchSettings = SearchSettings()
    llm: LlmSettings = LlmSettings()
    judge: LlmSettings = LlmSettings()  # the LLM that grades answers in an evaluation; without a model it is `llm`
    ask: AskSettings = AskSettings()
    identity: IdentitySettings = IdentitySettings()
    serve: ServeSettings = ServeSettings()
    training: TrainingSettings = TrainingSettings()

    @field_validator("sources")
    @classmethod
    def _names_once(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names = [source.name for source in sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two sources are named {', '.join(twice)}; each source needs its own name")
        return sources

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file."""
        home = init_settings().get("home", Path(".hone"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=home / FILE)

    @property
    def file(self) -> Path:
        """The settings file of this workspace."""
        return self.home / FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One setting as it is in force, and what set it."""

    name: str
    value: str
    origin: str


def read_settings(home: Path | None) -> Settings:
    """Read the settings of a workspace, or say everything that is wrong with them at once."""
    home = home or Path(".hone")
    file = home / FILE
    try:
        return Settings(home=home)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}.", hint="Fix that line. Text needs quotes.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text.", hint="Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(
            f"{file} can't be read: {error.strerror}.", hint="Give this account permission to read it."
        ) from error
    except SettingsError as error:
        name = "".join(re.findall(r'field "(\w+)"', str(error))).upper()
        raise UsageError(
            f"{PREFIX}{name} must be JSON, because it sets a whole section or list.",
            hint=f"Fix it, or set one value at a time, as in {PREFIX}LLM__MODEL.",
        ) from error
    except ValidationError as error:
        raise UsageError(_problems(error, file), hint=f"Fix them in {file} or in the {PREFIX}… variables.") from error


def asker_of(settings: Settings, person: str | None) -> Asker:
    """Find a person in the settings; without a name, the asker is anonymous."""
    if not person:
        return Asker()
    if person not in settings.people:
        known = ", ".join(sorted(settings.people)) or "none yet"
        raise UsageError(
            f"There is no person {person!r} in {settings.file}; the people are: {known}.",
            hint=f'Add them: [people.{person}]  groups = ["{EVERYONE}"]',
        )
    return Asker(name=person, groups=settings.people[person].groups)


def effective(settings: Settings) -> Iterator[Effective]:
    """List every setting with its value and where it was set."""
    file = tomllib.loads(settings.file.read_text(encoding="utf-8")) if settings.file.exists() else {}
    environment = _environment(settings)
    for name, value in _leaves(settings):
        origin = "default"
        if _is_set(file, name):
            origin = str(settings.file)
        if (variable := PREFIX + name.upper().replace(".", "__")) in environment:
            origin = variable
        if name == "home":
            origin = "--home, HONE_HOME or default"
        yield Effective(name=name, value=masked(value), origin=origin)


def _environment(settings: Settings) -> frozenset[str]:
    return frozenset(str(key).upper() for key in EnvSettingsSource(type(settings)).env_vars)


def _leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name in type(model).model_fields:
        value: Any = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        elif isinstance(model, Settings) and name == "people":
            people = (
                f"{key} ({', '.join(sorted(person.groups | {EVERYONE}))})" for key, person in model.people.items()
            )
            yield name, ", ".join(people) or "none"
        elif isinstance(model, Settings) and name == "sources":
            yield name, ", ".join(f"{source.name} → {source.path}" for source in model.sources) or "none"
        else:
            yield prefix + name, str(value)


def _is_set(tree: Mapping[str, Any], name: str) -> bool:
    for part in name.split("."):
        if part not in tree:
            return False
        tree = tree[part]
    return True


def _problems(error: ValidationError, file: Path) -> str:
    lines = [f"  {_problem(problem)}" for problem in error.errors()]
    return f"{len(lines)} setting{'s are' if len(lines) > 1 else ' is'} wrong in {file}:\n" + "\n".join(lines)


def _problem(problem: ErrorDetails) -> str:
    """Say what is wrong with one setting; the value of one that is secret or unknown is never repeated."""
    name, value = ".".join(map(str, problem["loc"])), problem["input"]
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(name, _SETTINGS, n=1, cutoff=0.75)
        return f"{name}: unknown setting." + (f" Did you mean {near[0]}?" if near else "")
    if problem["type"] == "missing":
        return f"{name}: missing."
    text = problem["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    plain = any(fnmatchcase(name, known) and not secret for known, secret in _SETTINGS.items())
    return f"{name or 'settings'}: {text}" + (
        f"; it is {value!r}" if plain and isinstance(value, str | int | float) else ""
    )


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """List the settings there can be, with * for what people name, and whether one may hold a secret."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        yield prefix + name, bool(sections) or SecretStr in kinds
        several = "" if isinstance(field.annotation, type) else "*."  # a list of sections, or a table of them
        for section in sections:
            yield from _names(section, f"{prefix}{name}.{several}")


_SETTINGS = dict(_names(Settings))
