"""WebVTT captions as paragraphs, one for each turn of a speaker."""

import html
import re

from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode

_TIMING = re.compile(r"^(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"<[^>]*>")
_NOT_CUES = ("NOTE", "STYLE", "REGION", "WEBVTT")
_LONG_TURN = 1_000  # characters; captions without speakers are cut into paragraphs of this size


def parse(source: FileContent) -> ParserOutput:
    """Read captions."""
    turns: list[list[str]] = []  # speaker first, then what was said
    for block in re.split(r"\r?\n[ \t]*\r?\n|\r\r", decode(source.data).strip()):
        speaker, said = _read_cue(block)
        if said and turns and speaker == turns[-1][0] and sum(map(len, turns[-1])) < _LONG_TURN:
            turns[-1].append(said)
        elif said:
            turns.append([speaker, said])
    return ParserOutput(text="\n\n".join(_write_turn(speaker, said) for speaker, *said in turns))


def _read_cue(block: str) -> tuple[str, str]:
    lines = block.splitlines()
    start = next((number for number, line in enumerate(lines) if _TIMING.match(line.strip())), None)
    if start is None or (block.startswith(_NOT_CUES) and start > 1):
        return "", ""
    cue = " ".join(lines[start + 1 :])
    voice = _VOICE.search(cue)
    speaker = " ".join(html.unescape(voice[1]).split()) if voice else ""
    return speaker, " ".join(html.unescape(_TAG.sub("", cue)).split())


def _write_turn(speaker: str, said: list[str]) -> str:
    return f"**{speaker}:** {' '.join(said)}" if speaker else " ".join(said)
