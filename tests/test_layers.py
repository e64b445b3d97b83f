"""The folder order is the architecture: imports only point down, and each library has one home."""

import ast
import importlib.util
import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {  # what each folder may import
    "hone": (),
    "retriever": ("hone",),
    "agents": ("hone", "retriever"),
    "eval": ("hone", "retriever", "agents"),
    "training": ("hone", "retriever", "agents", "eval", "sample"),
    "service": ("hone", "retriever", "agents", "eval", "training"),
    "api": ("hone", "retriever", "agents", "eval", "training", "service"),
    "ui": ("hone", "retriever", "agents", "eval", "training", "service", "api"),
    "cli": ("hone", "retriever", "agents", "eval", "training", "service", "api", "ui", "sample"),
    "sample": (),
}
NOT_SHIPPED = {"tests", "benchmarks", "docs"}
HOMES = {  # the only places that may import these
    "qdrant_edge": ("retriever/storing/edge.py",),
    "qdrant_client": ("retriever/storing/server.py",),
    "sentence_transformers": ("retriever/encoding/", "training/"),
    "transformers": ("retriever/encoding/", "training/"),
    "torch": ("retriever/encoding/", "training/"),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "alembic": ("hone/database.py", "hone/migrations/"),
    "pydantic_settings": ("hone/settings.py",),
    "ir_measures": ("eval/",),
    "sklearn": ("eval/calibration/fit.py",),
    "ragas": ("eval/",),
    "fastapi": ("api/",),
    "mcp": ("api/",),
    "uvicorn": ("ui/serving.py", "ui/connections.py"),
    "langgraph": ("agents/",),
    "langchain": ("agents/",),
    "datasets": ("training/", "eval/data/"),
    "accelerate": ("training/",),
    "streamlit": ("ui/",),
    "pypdf": ("retriever/reading/",),
    "trafilatura": ("retriever/reading/",),
    "markitdown": ("retriever/reading/",),
    "tree_sitter": ("retriever/cutting/",),
}
MOST_IN_HONE = 11
FACE = "hone/face.py"  # the library: it reaches up, inside its methods alone
DOZEN = 18  # files in a folder's root; more, and some of them are a room of their own
MOST_IN_ROOT = {"agents": 21, "cli": 26}
TWICE: set[str] = set()  # class names in several files: none may be added, and one that is gone must leave this list
HEAVY = ("torch", "sentence_transformers", "transformers", "sqlalchemy", "qdrant_edge", "qdrant_client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    file: str
    line: int
    module: str
    names: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def shipped() -> list[str]:
    """The top-level folders with code in them."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in NOT_SHIPPED)


def imports_of(folder: str) -> Iterator[Import]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        if folder == "sample" and file.parent != ROOT / folder:
            continue  # the company's own code is a document
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (Import(file=name, line=node.lineno, module=alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module, names = "." * node.level + (node.module or ""), tuple(alias.name for alias in node.names)
                yield Import(file=name, line=node.lineno, module=module, names=names)


def targets(found: Import) -> list[str]:
    """The files that an import means: modules by name, or the one that the names stand in."""
    modules = [file for name in found.names for file in _files_of(f"{found.module}.{name}")]
    return modules or _files_of(found.module)


def _files_of(module: str) -> list[str]:
    files = [f"{module.replace('.', '/')}{end}" for end in (".py", "/__init__.py")]
    return [file for file in files if (ROOT / file).is_file()]


def room_of(file: str) -> str:
    """Name a file's room in its folder: the sub-package, or the module itself."""
    folder, room = file.split("/")[:2]
    return f"{folder}/{room.removesuffix('.py')}"


def rooms_of(folder: str) -> dict[str, set[str]]:
    """What each room of a folder imports of the others."""
    rooms = {room_of(path.relative_to(ROOT).as_posix()): set[str]() for path in (ROOT / folder).rglob("*.py")}
    for found in EVERY_IMPORT:
        if found.file.startswith(f"{folder}/") and found.top == folder:
            mine = room_of(found.file)
            rooms[mine] |= {room_of(file) for file in targets(found)} - {mine}
    return rooms


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Groups of two and more that reach one another, by Kosaraju's two passes."""
    order, seen = list[str](), set[str]()
    for node in graph:
        _walk(graph, node, seen, order)
    backward = {node: set[str]() for node in graph}
    for node, others in graph.items():
        for other in others:
            backward[other].add(node)
    seen.clear()
    found: list[set[str]] = []
    for node in reversed(order):
        group = list[str]()
        _walk(backward, node, seen, group)
        found += [set(group)] if len(group) > 1 else []
    return found


def _walk(graph: Mapping[str, set[str]], node: str, seen: set[str], left: list[str]) -> None:
    """Visit what can be reached; each is noted when all behind it is."""
    if node not in seen:
        seen.add(node)
        for other in sorted(graph[node]):
            _walk(graph, other, seen, left)
        left.append(node)


EVERY_IMPORT = [found for folder in shipped() for found in imports_of(folder)]


def test_every_folder_is_in_the_table_and_in_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == shipped()
    assert set(shipped()) <= set(BELOW)
    with_code = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("[!.]*/*.py")}
    assert with_code - NOT_SHIPPED <= set(shipped()), "a folder of code without __init__.py is not shipped"


@pytest.mark.parametrize("folder", shipped())
def test_a_folder_is_imported_from_the_repository(folder: str) -> None:
    spec = importlib.util.find_spec(folder)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT), "another distribution has a package of this name, and it wins"


@pytest.mark.parametrize("folder", shipped())
def test_imports_point_down(folder: str) -> None:
    allowed = {folder, *BELOW[folder]}
    ours = set(BELOW) | NOT_SHIPPED
    upward = [found for found in EVERY_IMPORT if found.file.startswith(f"{folder}/") and found.top in ours - allowed]
    assert [found for found in upward if found.file != FACE] == []


def test_the_face_reaches_up_inside_its_methods_alone() -> None:
    tree = ast.parse((ROOT / FACE).read_text(encoding="utf-8"))
    above = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert {module.partition(".")[0] for module in above} & set(BELOW) == {"hone"}


@pytest.mark.parametrize("folder", shipped())
def test_no_rooms_of_a_folder_import_each_other(folder: str) -> None:
    """A room is a sub-package, or a module beside them; those that import only for types count too."""
    assert circles(rooms_of(folder)) == []


def test_no_modules_import_each_other() -> None:
    modules = {found.file: set[str]() for found in EVERY_IMPORT}
    for found in EVERY_IMPORT:
        modules[found.file] |= {file for file in targets(found) if file in modules and file != found.file}
    assert circles(modules) == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


@pytest.mark.parametrize("folder", sorted(set(shipped()) - {"sample"}))
def test_no_root_is_full_of_files(folder: str) -> None:
    files = [path.name for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_IN_ROOT.get(folder, DOZEN), f"{folder}/ has {len(files)} files in its root"


def test_class_names_are_unique() -> None:
    """A name that means two things makes both harder to find; errors of one name are no exception."""
    found = [
        node.name
        for folder in shipped()
        if folder != "sample"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert {name for name, files in Counter(found).items() if files > 1} == TWICE


def test_imports_are_absolute() -> None:
    assert [found for found in EVERY_IMPORT if found.module.startswith(".")] == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_is_imported_in_its_home_only(library: str) -> None:
    stray = [found for found in EVERY_IMPORT if found.top == library and not found.file.startswith(HOMES[library])]
    assert stray == []


def test_the_table_of_homes_names_what_is_used() -> None:
    used = {found.top for found in EVERY_IMPORT}
    assert {"qdrant_edge", "qdrant_client", "sentence_transformers", "typer", "rich", "alembic"} <= used


def test_no_page_bears_a_folders_name() -> None:
    """Streamlit puts `ui/` first on the path: a module `agents` there would hide the folder."""
    assert [path.name for path in (ROOT / "ui").glob("*.py") if path.stem in BELOW] == []


def test_the_kernel_stays_small() -> None:
    files = [path.name for path in (ROOT / "hone").glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_IN_HONE, f"hone/ has {len(files)} files; is one of them only needed by one folder?"


@pytest.mark.parametrize("module", ["retriever", "cli.main", "hone.settings", "retriever.reading", "retriever.storing"])
def test_importing_is_light(module: str) -> None:
    look = f"import sys, json, {module}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == []


def test_the_environment_is_read_by_the_settings_alone() -> None:
    """`cli/main.py` sets one variable for libraries; nobody else looks."""
    reading = [
        path.relative_to(ROOT).as_posix()
        for folder in shipped()
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.is_relative_to(ROOT / "sample") is False
        and any(
            isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert set(reading) <= {"cli/main.py"}


def test_nothing_is_printed_outside_the_front_doors() -> None:
    printing = [
        path.relative_to(ROOT).as_posix()
        for folder in shipped()
        if folder not in {"cli", "sample"}
        for path in sorted((ROOT / folder).rglob("*.py"))
        if any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert printing == []
