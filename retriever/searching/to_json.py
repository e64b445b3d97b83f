"""A search as a program gets it: the same plain data and the same text at every door."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hone.records import Channel, Hit, SearchResult
from retriever.searching.explain import Explanation

Plain = dict[str, Any]


def result_data(result: SearchResult) -> Plain:
    """Convert a search to plain data."""
    return {
        "search_id": result.search_id,
        "query": result.query,
        "asker": result.asker.name,
        "model": result.model,
        "generation": result.generation,
        "took_ms": dict(result.took_ms),
        "notices": list(result.notices),
        "hits": [hit_data(hit) for hit in result.hits],
    }


def hit_data(hit: Hit) -> Plain:
    """Convert one hit to plain data."""
    return {
        "rank": hit.rank,
        "document": hit.document,
        "passage": hit.passage,
        "title": hit.title,
        "heading": list(hit.heading),
        "text": hit.text,
        "offsets": [hit.start, hit.end],
        "page": hit.page,
        "source": hit.source,
        "path": hit.path,
        "kind": hit.kind,
        "url": hit.url,
        "modified": hit.modified.isoformat(),
        "score": hit.score,
        "channels": _channels(hit.channels),
        "also_in": list(hit.also_in),
        "confirmed": asdict(hit.confirmed) if hit.confirmed else None,
    }


def explanation_data(explanation: Explanation) -> Plain:
    """Convert an explanation to plain data."""
    return {
        "document": explanation.document,
        "outcome": explanation.outcome,
        "message": explanation.message,
        "passage": explanation.passage,
        "channels": _channels(explanation.channels),
        "rank": explanation.rank,
    }


def result_json(result: SearchResult) -> str:
    """Write a search as JSON for a program."""
    return _json(result_data(result))


def explanation_json(explanation: Explanation) -> str:
    """Write an explanation as JSON for a program."""
    return _json(explanation_data(explanation))


def _channels(channels: Mapping[str, Channel]) -> Plain:
    return {stage: {"rank": channel.rank, "score": channel.score} for stage, channel in channels.items()}


def _json(data: Plain) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
