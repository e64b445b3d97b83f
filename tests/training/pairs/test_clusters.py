"""Near-duplicate questions are found, all of them, and nothing else."""

import random
from itertools import combinations

from retriever.encoding.hashing import HashEncoder
from training.pairs.clusters import alike, close, cluster_questions


def test_spelling_and_stop_words_make_no_other_question() -> None:
    clusters = cluster_questions(["How do I reset the VPN token?", "reset  vpn token", "parking hours"])
    assert len(set(clusters.values())) == 2


def test_four_of_five_words_are_enough_and_three_of_four_are_not() -> None:
    assert len(set(cluster_questions(["alpha beta gamma delta", "alpha beta gamma delta omega"]).values())) == 1
    assert len(set(cluster_questions(["alpha beta gamma", "alpha beta gamma delta"]).values())) == 2


def test_the_quick_way_finds_what_comparing_all_with_all_finds() -> None:
    drawn = random.Random(5)
    sets = list({frozenset(drawn.sample("abcdefghijkl", drawn.randint(3, 11))) for _ in range(300)})
    found = {frozenset(pair) for pair in alike(sets)}
    every = {frozenset((a, b)) for a, b in combinations(sets, 2) if 5 * len(a & b) >= 4 * len(a | b)}
    assert found == every
    assert len(every) > 50


def test_vectors_find_what_words_do_not() -> None:
    texts = ["vpn token lost today please help me quickly", "unrelated", "token vpn lost today please help me quickly"]
    assert list(close(texts, HashEncoder())) == [(0, 2)]
    same = ["token " * 12 + "vpn", "token " * 12 + "badge"]
    assert len(set(cluster_questions(same).values())) == 2
    assert len(set(cluster_questions(same, HashEncoder()).values())) == 1
