"""Whether anybody is shown what they may not read: asked through both indexes, by many, for what is restricted too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hone.records import EVERYONE, Asker, Document, SearchResult
from hone.settings import Settings
from retriever.library.library import Library
from retriever.searching.searcher import LONGEST_QUERY, Question, Searcher
from training.gate.rules import GateRules
from training.gate.verdict import Findings, finding

STRANGER = "a-group-that-nobody-made-up-before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What is asked, and by whom."""

    askers: tuple[Asker, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenResult:
    """A passage that came to somebody who may not read it."""

    passage: str
    asker: str
    stage: str


def make_probe(settings: Settings, library: Library, questions: Sequence[str], rules: GateRules) -> Probe:
    """Choose askers of every kind, and titles that only some may read beside questions that anybody asks."""
    restricted: list[Document] = [item for item in library.documents() if EVERYONE not in item.groups]
    titles = [item.title.strip()[:LONGEST_QUERY] for item in restricted if item.title.strip()]
    texts = (*_spread(questions, rules.probe_questions), *_spread(titles, rules.probe_questions))
    groups = sorted({group for item in restricted for group in item.groups})
    askers = [
        Asker(),
        Asker(name="someone in no known group", groups=frozenset({STRANGER})),
        *(Asker(name=f"someone in {group}", groups=frozenset({group})) for group in groups),
        *(Asker(name=name, groups=person.groups) for name, person in sorted(settings.people.items())),
    ]
    once = {asker.groups: asker for asker in reversed(askers)}  # two with the same groups are shown the same
    return Probe(askers=tuple(list(once.values())[::-1][: rules.probe_askers]), texts=tuple(dict.fromkeys(texts)))


def permission(searchers: Sequence[Searcher], probe: Probe) -> Findings:
    """Ask that every passage of every stage, and every document named on the page, is one its asker may read."""
    looked, found = 0, list[ForbiddenResult]()
    for searcher in searchers:
        for asker in probe.askers:
            results = list(searcher.search_all([Question(text=text, asker=asker) for text in probe.texts]))
            looked += sum(len(order) for result in results for order in result.stages.values())
            found += forbidden_results(results, asker, searcher.library)
    asked = f"{len(probe.texts)} questions, {len(probe.askers)} kinds of askers, {looked:,} results"
    if not found:
        return finding("permission", True, f"No one sees what they can't access ({asked}).")
    first = found[0]
    who = first.asker or "an anonymous asker"
    says = (
        f"{len(found):,} results show passages their asker can't access, the first {first.passage} to {who} in "
        f"{first.stage} ({asked}). Rebuild the index: hone index rebuild."
    )
    return finding("permission", False, says)


def forbidden_results(results: Sequence[SearchResult], asker: Asker, library: Library) -> Iterator[ForbiddenResult]:
    """Return what an asker was shown and may not read, by what the library says now; what it lacks nobody may."""
    readers = library.readers(list({name for result in results for name in _passages(result)}))
    documents = {item.id: item.groups for item in library.documents()} if any(_also(item) for item in results) else {}
    nobody: frozenset[str] = frozenset()
    for result in results:
        for stage, order in result.stages.items():
            for name, _ in order:
                if not asker.may_read(readers.get(name, nobody)):
                    yield ForbiddenResult(passage=name, asker=asker.name, stage=stage)
        for hit in result.hits:
            if not asker.may_read(readers.get(hit.passage, nobody)):
                yield ForbiddenResult(passage=hit.passage, asker=asker.name, stage="page")
        for name in _also(result):
            if not asker.may_read(documents.get(name, nobody)):
                yield ForbiddenResult(passage=name, asker=asker.name, stage="page")


def _passages(result: SearchResult) -> Iterator[str]:
    yield from (name for order in result.stages.values() for name, _ in order)
    yield from (hit.passage for hit in result.hits)


def _also(result: SearchResult) -> Iterator[str]:
    return (name for hit in result.hits for name in hit.also_in)


def _spread(items: Sequence[str], most: int) -> Sequence[str]:
    """Take so many from all over a list."""
    return items[:: max(1, -(-len(items) // most))]
