"""The LLM as the agents see it: replies or failures, within one deadline and one budget, never an exception."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agents.llm.budget import BYTES_A_TOKEN, Budget, estimate_tokens
from agents.llm.capabilities import REPLY_SHARE, Capabilities
from agents.llm.local.installed import settings_of
from agents.llm.requests import ChatError, FailureKind, LlmFailure, ReplyPiece, Request
from hone.settings import LlmSettings
from hone.workspace import Workspace

if TYPE_CHECKING:  # a second of imports, paid by the first call
    from agents.llm.chat import Chat

log = logging.getLogger(__name__)

PAUSES: dict[FailureKind, float] = {"rate_limited": 1.0, "server_error": 0.25}  # retried once; seconds before it
COUNTED_SHARE = 0.85  # of the server's own bytes a token: names and numbers take more tokens than plain English
MARGIN = 2.0  # how far above the limit an estimated reply may go: estimates err by up to that
LOCAL = "installed"  # what is known of the installed model is known of it at any port
LINGER = 0.5  # seconds that an endpoint gets after its last word to close the stream
CUT = {"length", "max_tokens"}
FILTERED = {"content_filter", "refusal", "safety"}
OPEN, CLOSE = "<think>", "</think>"


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmReply:
    """A whole reply."""

    text: str
    tool: str = ""
    arguments: str = ""
    chances: Mapping[str, float] = field(default_factory=dict[str, float])  # of what could have come first


@dataclass(slots=True)
class _Tally:
    """What has come of one reply so far."""

    size: int = 0  # bytes of text
    counted: int = 0  # tokens of prompt and reply by the endpoint's own count
    finish: str = ""
    aloud: bool = False
    called: bool = False  # a tool

    @property
    def tokens(self) -> int:
        """Tokens of the reply, as far as its size tells."""
        return -(-self.size // BYTES_A_TOKEN)


class Llm:
    """One configured LLM; safe to share between asks and event loops."""

    def __init__(self, settings: LlmSettings, capabilities: Capabilities) -> None:
        self.settings = settings
        self.capabilities = capabilities
        self._chats: dict[asyncio.AbstractEventLoop, asyncio.Task[Chat]] = {}

    @property
    def name(self) -> str:
        """What answers' records call this LLM."""
        return self.settings.model

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and reply together: as set, and no more than the server has."""
        known = self.capabilities.known.context_tokens
        return min(self.settings.context_tokens, known or self.settings.context_tokens)

    @property
    def reply_tokens(self) -> int:
        """Tokens that are kept free for a reply: as set, and a part of what the server has."""
        known = self.capabilities.known.context_tokens
        return min(self.settings.max_tokens, known // REPLY_SHARE if known else self.settings.max_tokens)

    @property
    def bytes_a_token(self) -> float:
        """Bytes that are counted as a token: a careful guess, or the server's own count with something to spare."""
        counted = self.capabilities.known.bytes_a_token
        return max(BYTES_A_TOKEN, counted * COUNTED_SHARE) if counted else BYTES_A_TOKEN

    async def reply(self, request: Request, budget: Budget) -> LlmReply | LlmFailure:
        """Ask and wait for the whole reply."""
        text: list[str] = []
        tool: list[str] = []
        arguments: list[str] = []
        chances: Mapping[str, float] = {}
        async with aclosing(self.pieces(request, budget)) as pieces:
            async for piece in pieces:
                if isinstance(piece, LlmFailure):
                    return piece
                text.append(piece.text)
                tool.append(piece.tool)
                arguments.append(piece.arguments)
                chances = chances or piece.chances
        return LlmReply(text="".join(text), tool="".join(tool), arguments="".join(arguments), chances=chances)

    async def pieces(self, request: Request, budget: Budget) -> AsyncGenerator[ReplyPiece | LlmFailure]:
        """Ask and give the reply as it comes; a failure, if there is one, is the last thing given."""
        tried: set[FailureKind] = set()
        request = replace(request, most_tokens=request.most_tokens or self.reply_tokens)
        try:
            async with asyncio.timeout(budget.seconds_for_llm):
                chat = await self._opened()
        except (ChatError, TimeoutError) as error:
            yield error.failure if isinstance(error, ChatError) else LlmFailure(kind="timeout", what="no time was left")
            return
        deadline = asyncio.get_running_loop().time() + min(self.settings.timeout, budget.seconds_for_llm)
        while True:
            if refused := budget.take_call():
                yield refused
                return
            tally = _Tally()
            try:
                async with aclosing(self._bounded(chat, request, tally, deadline)) as pieces:
                    async for piece in pieces:
                        yield piece
                if wrong := _ending(request, tally, self.settings):
                    yield wrong
                return
            except ChatError as error:
                wait = _pause(error, tally, tried, deadline)
                if wait is None:
                    log.info("LLM %s: %s, %s", self.name, error.failure.kind, error.failure.what)
                    yield replace(error.failure, retry_after=error.retry_after)
                    return
            finally:
                budget.spend(tally.counted or tally.tokens + _weight(request))
            await asyncio.sleep(wait)

    async def warm(self) -> None:
        """Load what the first call needs, while something else is waited for; a failure shows at that call."""
        with suppress(ChatError):
            await self._opened()

    async def close(self) -> None:
        """Close the connections of this event loop; others' stay."""
        opening = self._chats.pop(asyncio.get_running_loop(), None)
        if opening is not None:
            with suppress(Exception):  # what did not open needs no closing
                await (await opening).close()

    async def _bounded(
        self, chat: "Chat", request: Request, tally: _Tally, deadline: float
    ) -> AsyncGenerator[ReplyPiece]:
        """Yield the pieces of one attempt until it ends, or the deadline or the limit of a reply ends it."""
        thoughts, loop = ReasoningFilter(), asyncio.get_running_loop()
        try:
            async with aclosing(chat.pieces(request)) as pieces:
                while True:
                    async with asyncio.timeout_at(deadline):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    if piece.finish and not tally.finish:
                        deadline = min(deadline, loop.time() + LINGER)
                    self._count(piece, tally)
                    yield _aloud(piece, thoughts.without(piece.text), tally)
        except TimeoutError as error:
            if not tally.finish:
                what = "the reply took longer than this call's time limit" if tally.size else "no reply arrived in time"
                raise ChatError(LlmFailure(kind="timeout", what=what)) from error
        if rest := thoughts.rest():
            yield _aloud(ReplyPiece(), rest, tally)

    def _count(self, piece: ReplyPiece, tally: _Tally) -> None:
        tally.size += len((piece.text + piece.arguments).encode("utf-8", "replace"))
        tally.counted = max(tally.counted, piece.tokens)
        tally.finish = tally.finish or piece.finish
        if tally.tokens > self.settings.max_tokens * MARGIN:
            what = f"the reply was far longer than {self.settings.max_tokens} tokens"
            raise ChatError(LlmFailure(kind="too_long", what=what))

    async def _opened(self) -> "Chat":
        """Return the chat model of this event loop, opened once; connections of another loop cannot be used."""
        loop = asyncio.get_running_loop()
        for ended in [other for other in self._chats if other.is_closed()]:
            self._chats.pop(ended, None)
        if loop not in self._chats:
            self._chats[loop] = loop.create_task(asyncio.to_thread(_open_chat, self.settings))
        opening = self._chats[loop]
        try:
            return await asyncio.shield(opening)  # whoever waits no longer must not end it for the others
        except Exception as error:  # a provider that is not installed, an address that is none
            if self._chats.get(loop) is opening:
                del self._chats[loop]
            what = " ".join(str(error).split())
            raise ChatError(LlmFailure(kind="unexpected", what=what)) from error


def open_llm(workspace: Workspace) -> Llm | None:
    """Open the LLM that the settings name, or the installed one while it is served; nothing is asked of it yet."""
    settings = settings_of(workspace.home, workspace.settings.llm)
    if settings is None:
        return None
    is_local = not workspace.settings.llm.model
    return Llm(settings, Capabilities(workspace.home / "llm.json", settings, LOCAL if is_local else ""))


def _open_chat(settings: LlmSettings) -> "Chat":
    from agents.llm.chat import Chat

    return Chat(settings)


def _aloud(piece: ReplyPiece, text: str, tally: _Tally) -> ReplyPiece:
    tally.called = tally.called or bool(piece.tool or piece.arguments)
    tally.aloud = tally.aloud or tally.called or bool(text.strip())
    return replace(piece, text=text)


def _ending(request: Request, tally: _Tally, settings: LlmSettings) -> LlmFailure | None:
    """Say what is wrong with a reply that ended by itself."""
    offered = request.shape is not None and request.mode == "function_calling"
    unended = settings.provider == "openai" and not tally.finish  # other protocols name the end in other ways
    endings: tuple[tuple[bool, FailureKind, str], ...] = (
        (tally.finish.lower() in FILTERED, "refused", "a content filter stopped the reply"),
        (tally.finish in CUT and not request.one_token, "too_long", "the reply was cut off at its token limit"),
        (tally.called and not offered, "tool_call", "it called a tool, but wasn't offered any"),
        (not tally.aloud and not request.one_token, "empty", "the reply is empty"),
        (unended, "cut_off", "the reply stopped before it was complete"),
    )
    return next((LlmFailure(kind=kind, what=what) for wrong, kind, what in endings if wrong), None)


def _pause(error: ChatError, tally: _Tally, tried: set[FailureKind], deadline: float) -> float | None:
    """Compute how long to wait before trying again; None when that has no point."""
    kind = error.failure.kind
    if kind not in PAUSES or kind in tried or tally.size:
        return None
    tried.add(kind)
    wait = error.retry_after if error.retry_after is not None else PAUSES[kind]
    return wait if asyncio.get_running_loop().time() + wait < deadline else None


def _weight(request: Request) -> int:
    return sum(estimate_tokens(message.text) for message in request.messages)


class ReasoningFilter:
    """Take thoughts out of a reply that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def without(self, piece: str) -> str:
        """Return the part of the reply so far that is certainly not reasoning."""
        self._held += piece
        said: list[str] = []
        while True:
            mark = CLOSE if self._thinking else OPEN
            before, found, after = self._held.partition(mark)
            if not found:
                break
            said.append("" if self._thinking else before)
            self._held, self._thinking = after, not self._thinking
        keep = _begun(self._held, mark)
        if not self._thinking:
            said.append(self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]
        return "".join(said)

    def rest(self) -> str:
        """Return what was held back, once the reply has ended."""
        return "" if self._thinking else self._held


def _begun(text: str, mark: str) -> int:
    """Measure how much of a mark is at the text's end."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)
