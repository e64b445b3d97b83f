"""Many at once, many one after another, and one who floods: through the API, each on a connection of their own."""

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np

from benchmarks.serving.app import CROWD, Reply, Running, call
from benchmarks.serving.questions import Question

ROUNDS = 3  # that each of the crowd asks, one after another
SETTLED = 50  # asks after which memory is looked at first
HONEST = 4  # people who go on asking while one floods
PER_SECOND, SECONDS = 200, 5  # of the flood
PAUSE = 0.25  # seconds that honest people take between two questions


def crowd(app: Running, asked: Sequence[Question]) -> dict[str, object]:
    """Let twenty people ask at the same moment, a few times over."""
    tokens = [app.token(f"stranger{number}") for number in range(CROWD)]
    app.ask(tokens[0], asked[0].text)
    gate = threading.Barrier(CROWD)

    def one(number: int) -> list[Reply]:
        replies: list[Reply] = []
        for turn in range(ROUNDS):
            gate.wait()
            replies.append(app.ask(tokens[number], asked[(number + turn * CROWD) % len(asked)].text))
        return replies

    with ThreadPoolExecutor(CROWD) as pool:
        replies = [reply for each in pool.map(one, range(CROWD)) for reply in each]
    p50, p95 = np.quantile([reply.milliseconds for reply in replies], (0.5, 0.95))
    return {
        f"{CROWD} askers at once through /api/ask, ms: p50, p95": f"{p50:.0f}, {p95:.0f}",
        f"{CROWD} askers: answers, of {len(replies)}": sum("event: answered" in reply.text for reply in replies),
    }


def memory(app: Running, asked: Sequence[Question], asks: int) -> dict[str, object]:
    """Compare the memory after fifty asks with that after many, asked by the crowd in turns."""
    tokens = [app.token(f"stranger{number}") for number in range(CROWD)]
    held: list[float] = []

    def ask(number: int) -> None:
        reply = app.ask(tokens[number % CROWD], asked[number % len(asked)].text)
        while reply.status == 429:
            time.sleep(float(reply.retry_after or 1))
            reply = app.ask(tokens[number % CROWD], asked[number % len(asked)].text)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(SETTLED)))
        held.append(app.memory)
        list(pool.map(ask, range(SETTLED, asks)))
        held.append(app.memory)
    return {
        f"memory after {SETTLED} and {asks} asks, MiB": f"{held[0]:.0f}, {held[1]:.0f}",
        "memory, ratio": round(held[1] / held[0], 3),
    }


def flood(app: Running, asked: Sequence[Question]) -> dict[str, object]:
    """Let honest people ask by themselves, and then beside one token that sends two hundred requests a second."""
    honest = [app.token(f"stranger{number}") for number in range(HONEST)]
    usual = beside(app, honest, asked, lambda: time.sleep(SECONDS))
    sent: list[Reply] = []
    burster = app.token("jo")
    # In a process of its own, or the clocks of the honest would wait for its threads.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        apart.submit(int).result()
        flooded = beside(app, honest, asked, lambda: sent.extend(apart.submit(burst, app.url, burster).result()))
    before, after = (float(np.quantile([reply.milliseconds for reply in each], 0.95)) for each in (usual, flooded))
    statuses = Counter(reply.status for reply in sent)
    refused = [reply for reply in sent if reply.status == 429]
    turned_away = sum(reply.status != 200 for reply in (*usual, *flooded))
    return {
        "honest askers, p95 in ms: usual, beside the flood": f"{before:.0f}, {after:.0f}",
        "honest askers, p95: ratio": round(after / before, 2),
        "honest askers: asked, refused": f"{len(usual) + len(flooded)}, {turned_away}",
        "flood: requests a second": round(len(sent) / SECONDS),
        "flood: replies by status": dict(statuses),
        "flood: refusals with Retry-After": f"{sum(bool(reply.retry_after) for reply in refused)} of {len(refused)}",
    }


def beside(app: Running, honest: Sequence[str], asked: Sequence[Question], do: Callable[[], object]) -> list[Reply]:
    """Do something while honest people ask, and give what they got."""
    over = threading.Event()

    def one(number: int) -> list[Reply]:
        replies: list[Reply] = []
        while not over.is_set():
            replies.append(app.ask(honest[number], asked[(number * 7 + len(replies)) % len(asked)].text))
            time.sleep(PAUSE)
        return replies

    with ThreadPoolExecutor(len(honest)) as pool:
        going = [pool.submit(one, number) for number in range(len(honest))]
        do()
        over.set()
        return [reply for each in going for reply in each.result()]


def burst(url: str, token: str) -> list[Reply]:
    """Send requests at a steady rate, whether or not they are answered."""
    began = time.perf_counter()

    def one(number: int) -> Reply:
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        return call(url, token, "GET", "/api/search?q=vpn&k=10")

    with ThreadPoolExecutor(64) as pool:
        return list(pool.map(one, range(PER_SECOND * SECONDS)))
