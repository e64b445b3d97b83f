"""One search for one sub-question; it never raises, so that one branch can't take the others down."""

import asyncio
import logging
from typing import TypedDict

from langgraph.runtime import Runtime

from agents.events import PassagesFound, Searching
from agents.records import Retrieved, SubQuestion
from agents.run_in_thread import run_in_thread
from agents.state import Deps
from hone.errors import HoneError, in_words
from hone.records import Asker, Origin, Purpose
from retriever.searching.searcher import TYPED, Question

log = logging.getLogger(__name__)

WITHIN = 4  # best documents that are looked into: docs/experiments/2026-12-01-looking-inside.md
HITS = 20  # passages a search brings; ten of all searches' go on to the answerer
SECONDS = 10.0  # for one search; one takes tens of milliseconds, and a second where twenty people ask at once


class Branch(TypedDict):
    """What one parallel search is given."""

    question: SubQuestion


async def retrieve(branch: Branch, runtime: Runtime[Deps]) -> dict[str, list[Retrieved]]:
    """Search with the asker's permissions, whatever the plan says."""
    question, deps = branch["question"], runtime.context
    runtime.stream_writer(Searching(question=question.id, text=question.text, reason=question.reason))
    purpose = Purpose(origin=_origin(question), ask_id=deps.ask_id)
    asked = search_of(question, deps.asker, purpose)
    seconds = min(SECONDS, deps.budget.seconds_left)
    try:
        with deps.timed("search"):
            async with asyncio.timeout(seconds):
                result = await run_in_thread(lambda: deps.searcher.search(asked))
    except TimeoutError:
        return {"retrieved": [Retrieved(question=question, result=None, error=f"no result within {seconds:.1f} s")]}
    except HoneError as error:
        return {"retrieved": [Retrieved(question=question, result=None, error=str(error).replace("\n", " "))]}
    except Exception as error:  # whatever a store throws, the other branches' results must come through
        log.exception("searching for %s failed", question.id)
        return {"retrieved": [Retrieved(question=question, result=None, error=in_words(error))]}
    titles = tuple(dict.fromkeys(hit.title or hit.document for hit in result.hits))
    runtime.stream_writer(PassagesFound(question=question.id, search_id=result.search_id, documents=titles))
    return {"retrieved": [Retrieved(question=question, result=result)]}


def search_of(question: SubQuestion, asker: Asker, purpose: Purpose = TYPED) -> Question:
    """Make the search for a sub-question; the whole question is also looked for inside the best documents."""
    within = WITHIN if question.reason == "asked" else 0
    return Question(
        text=question.text, asker=asker, filters=question.filters, hits=HITS, within=within, purpose=purpose
    )


def _origin(question: SubQuestion) -> Origin:
    """Pick the person's own question among those made of it: the first that stands for all of it is theirs."""
    if question.reason == "asked":
        return "typed" if question.id == "q1" else "widened"
    return question.reason
