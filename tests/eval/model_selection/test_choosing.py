"""Models compared on a person's own questions."""

import json
import random
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from eval.data.questions import read_questions
from eval.model_selection.choice import ModelScores, choose
from eval.model_selection.coverage import Coverage, coverage_of, evenly, open_tokenizer
from eval.model_selection.models import NOT_STATED, Facts, entries_of, licence_of
from eval.model_selection.report import Mark, coverage_blocks, trade_off
from eval.model_selection.scoring import Speed
from eval.pinned import generations_of
from eval.reports.blocks import Paragraph, Picture
from eval.retrieval import RetrievalJob, evaluate_retrieval
from eval.runs import EvalRun, RetrievedQuestion, find_run, read_scores
from eval.statistics import Interval
from hone.progress import Silent
from hone.records import FusionWeights
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.encoders import PACKAGED, Encoders
from retriever.ranking.fusion import WEIGHTS
from tests.cli.conftest import Run
from tests.eval.model_selection.variants import random_bert

QUESTIONS: list[dict[str, Any]] = [
    {"id": "vpn", "question": "how often is the vpn password changed", "gold": [{"document": "wiki/vpn.md"}]},
    {"id": "lunch", "question": "what does lunch cost", "gold": [{"document": "wiki/canteen.md"}]},
    {"id": "leave", "question": "annual leave of staff", "gold": [{"document": "wiki/leave.md"}]},
    {"id": "secret", "question": "severance budget", "asker": "bo", "gold": [{"document": "hr/severance.md"}]},
    {"id": "denied", "question": "severance budget", "asker": "ana", "gold": [{"document": "hr/severance.md"}]},
    {"id": "unknown", "question": "who won the match", "answerable": False},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "asked.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in QUESTIONS), encoding="utf-8")
    return file


def lines_of(run: EvalRun) -> dict[str, RetrievedQuestion]:
    return {line.id: line for line in read_scores(run, RetrievedQuestion)}


def test_the_live_model_scores_as_the_deployed_legs_do(
    hone: Run, company_workspace: Workspace, questions: Path, tiny: Path
) -> None:
    said = hone("evaluate", "models", tiny, "--questions", questions, "--json")
    assert said.code == 0, said.err
    order = RetrievalJob(
        questions=read_questions(company_workspace, questions), generations=generations_of(company_workspace, ())
    )
    deployed = lines_of(evaluate_retrieval(company_workspace, order, Silent()))
    found = lines_of(find_run(company_workspace.home, said.json["run"]))
    live = said.json["models"][0]["name"]
    assert live.startswith("hash@")
    for name, line in deployed.items():
        for leg in ("dense", "fused"):
            for measure in ("nDCG@10", "RR@10") if line.scores else ():
                assert found[name].scores[f"{live}:{leg}"][measure] == line.scores[leg][measure], (name, leg)
            assert found[name].top[f"{live}:{leg}"] == line.top[leg] or not line.scores


def test_a_live_model_is_weighed_as_it_is_deployed(
    hone: Run, company_workspace: Workspace, questions: Path, tiny: Path
) -> None:
    live = company_workspace.registry.live()
    assert live is not None
    words_alone = FusionWeights(legs={"bm25": 50.0}, power=0.5)
    model = company_workspace.registry.register_model("hash", live.model.location, live.model.card, words_alone)
    company_workspace.registry.record(replace(live, model=model))
    order = RetrievalJob(
        questions=read_questions(company_workspace, questions), generations=generations_of(company_workspace, ())
    )
    deployed = lines_of(evaluate_retrieval(company_workspace, order, Silent()))
    said = hone("evaluate", "models", tiny, "--questions", questions)
    assert said.code == 0, said.err
    assert f"{model.id} (by keywords 50, power 0.5)" in said.out
    run = find_run(company_workspace.home, "latest")
    assert run.settings()["models"][0]["weights"] == {"bm25": 50.0, "power": 0.5}
    tops = {name: line.top[f"{model.id}:fused"] for name, line in lines_of(run).items() if line.scores}
    assert tops == {name: line.top["fused"] for name, line in deployed.items() if line.scores}
    company_workspace.registry.record(live)
    packaged = lines_of(evaluate_retrieval(company_workspace, replace(order, generations=[live]), Silent()))
    assert any(top != packaged[name].top["fused"] for name, top in tops.items()), "weights that decide nothing"


def test_a_trained_model_brings_its_own_weights_and_no_other_takes_them(
    company_workspace: Workspace, tiny: Path
) -> None:
    live = company_workspace.registry.live()
    assert live is not None
    trained, learned = company_workspace.home / "models" / "m0001", FusionWeights(legs={"bm25": 0.3}, power=1.5)
    copytree(tiny, trained)
    card = Encoders(company_workspace).open("models/m0001", None).card
    model = company_workspace.registry.register_model("m0001", "models/m0001", card, learned)
    company_workspace.registry.register_model("other", "default", open_encoder("default").card, learned)
    found = entries_of(company_workspace, live, ["models/m0001", str(trained), str(tiny)])
    assert [(item.name.partition("@")[0], item.weights) for item in found] == [
        ("hash", WEIGHTS),
        (PACKAGED, WEIGHTS),
        ("m0001", learned),
        ("tiny", WEIGHTS),
    ]
    assert found[2].name == model.id


def test_every_model_is_asked_with_its_askers_permissions(
    hone: Run, company_workspace: Workspace, questions: Path, tiny: Path
) -> None:
    said = hone("evaluate", "models", tiny, "--questions", questions, "--json")
    lines = lines_of(find_run(company_workspace.home, said.json["run"]))
    assert len(lines["denied"].top) == 6  # three models, two ways each
    assert all("hr/severance.md" not in top for top in lines["denied"].top.values())
    assert all("hr/severance.md" in top for top in lines["secret"].top.values())


def test_the_command_tells_quality_cost_words_and_a_choice(
    hone: Run, company_workspace: Workspace, questions: Path, tiny: Path
) -> None:
    live_before = company_workspace.registry.move()
    said = hone("evaluate", "models", tiny, "--questions", questions)
    assert said.code == 0, said.err
    for told in ("Sensible choice: ", "5 questions", "apache-2.0", "mit", "not stated", "max tokens"):
        assert told in said.out, told
    assert "(live)" in said.out
    report = next((company_workspace.home / "runs").glob("*-models-*/report.html")).read_text()
    assert "<svg" in report
    assert "http" not in report.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert company_workspace.registry.move() == live_before
    assert hone("evaluate", "compare", "latest").code == 2
    assert hone("evaluate", "show", "latest").code == 0


def test_a_model_that_is_not_safe_is_refused(hone: Run, questions: Path, tmp_path: Path) -> None:
    folder = random_bert(tmp_path / "odd")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))
    said = hone("evaluate", "models", folder, "--questions", questions)
    assert said.code == 1
    assert "auto_map" in said.err
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    said = hone("evaluate", "models", folder, "--questions", questions)
    assert said.code == 1
    assert "pickled" in said.err
    said = hone("evaluate", "models", tmp_path / "nowhere", "--questions", questions)
    assert said.code == 2


def test_questions_of_another_library_are_refused(hone: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"id": "a", "question": "what is this", "gold": [{"document": "elsewhere.md"}]}\n')
    said = hone("evaluate", "models", "--questions", file)
    assert said.code == 2
    assert "elsewhere.md" in said.err


def contestant(name: str, scores: list[float], cost: float, dimensions: int = 384) -> ModelScores:
    return ModelScores(name=name, scores=scores, cost=cost, dimensions=dimensions)


def spread(mean: float, size: int = 400) -> list[float]:
    chance = random.Random(1)
    return [min(1.0, max(0.0, mean + chance.uniform(-0.3, 0.3))) for _ in range(size)]


def test_the_choice_is_the_cheapest_that_is_not_shown_to_be_worse() -> None:
    live, alike, worse = spread(0.6), [*spread(0.6)[1:], 0.6], [value - 0.1 for value in spread(0.6)]
    assert choose("a", [contestant("a", live, 1.0), contestant("b", alike, 0.3)]).name == "b"
    assert choose("a", [contestant("a", live, 1.0), contestant("b", worse, 0.01)]).name == "a"
    assert choose("a", [contestant("a", live, 1.0), contestant("b", alike, 0.95)]).name == "a", "no new index for that"
    better = [value + 0.1 for value in live]
    chosen = choose("a", [contestant("a", live, 1.0), contestant("b", better, 4.0)])
    assert chosen.name == "b"
    assert "best" in chosen.why
    small = contestant("c", alike, 0.31, dimensions=64)
    assert choose("a", [contestant("a", live, 1.0), contestant("b", alike, 0.3), small]).name == "c"


def test_few_questions_do_not_let_a_bad_model_win() -> None:
    """Of six questions no difference is significant; a large one counts all the same."""
    live, poor = [1.0, 0.0, 1.0, 1.0, 0.5, 1.0], [0.5, 0.5, 1.0, 0.0, 0.5, 1.0]
    chosen = choose("a", [contestant("a", live, 1.0), contestant("b", poor, 0.01)])
    assert chosen.name == "a"
    assert "guess" in chosen.caution
    assert choose("a", [contestant("a", spread(0.6), 1.0), contestant("b", spread(0.6), 1.0)]).caution == ""


def test_tokenizers_are_measured_by_language_and_by_script_where_words_do_not_tell(tiny: Path) -> None:
    tokenizer = open_tokenizer(tiny)
    assert tokenizer is not None
    english = "the house is large and that is for the people of this town " * 2  # 26 words
    german = "das Haus ist nicht für die Leute und der Garten ist auch groß " * 3  # 39 words
    texts = [english, german, "house large " * 15, "дом " * 30, "ខ្មែរ " * 30]
    found = {item.language: item for item in coverage_of(tokenizer, texts, 20).languages}
    counts = {"all": 155, "de": 39, "en": 26, "latin": 30, "cyrillic": 30, "other": 30}
    assert {name: item.words for name, item in found.items()} == counts
    assert next(iter(found)) == "all"
    assert (found["latin"].unknown, found["latin"].split, found["latin"].pieces) == (0.0, 0.0, 1.0)
    assert found["de"].split > found["en"].split, "a tokenizer that knows English words only"
    assert found["cyrillic"].split == 1.0
    assert found["other"].unknown == 1.0


def facts_of(coverage: Coverage | None) -> Facts:
    return Facts(
        name="tiny",
        card=open_encoder("hash").card,
        licence="mit",
        weights=None,
        vectors=1,
        coverage=coverage,
        speed=Speed(passages_a_second=1.0, query_ms=1.0, passage_cost=1.0, query_cost=1.0),
        fusion=WEIGHTS,
    )


def test_a_sample_reaches_from_the_first_passage_to_the_last(tiny: Path) -> None:
    texts = [f"house {number}" for number in range(30)]
    drawn = evenly(texts, 20)
    assert len(set(drawn)) == 20
    assert (drawn[0], drawn[-1]) == ("house 0", "house 28")
    assert evenly(texts, 31) == evenly(texts, 30) == texts
    assert evenly([], 20) == []
    tokenizer = open_tokenizer(tiny)
    assert tokenizer is not None
    facts = facts_of(coverage_of(tokenizer, drawn, 15))
    said = [block.text for block in coverage_blocks([facts], 30) if isinstance(block, Paragraph)]
    assert "20 of 30 passages" in said[0]
    assert len([block for block in coverage_blocks([facts], 20) if isinstance(block, Paragraph)]) == len(said) - 1


def test_what_a_window_cuts_off_is_counted(tiny: Path) -> None:
    tokenizer = open_tokenizer(tiny)
    assert tokenizer is not None
    found = coverage_of(tokenizer, ["house " * 8, "house " * 18], 15)  # two tokens more each: 10 and 20
    assert (found.longest, found.cut, found.lost) == (20, 0.5, pytest.approx(5 / 30))
    assert found.fit == (*[0.0] * 14, *[0.5] * 7), "ten tokens have room from two thirds of the window on"
    assert coverage_of(tokenizer, [], 15).fit == (0.0,) * 21


def test_words_and_windows_are_drawn_as_well(tiny: Path) -> None:
    tokenizer = open_tokenizer(tiny)
    assert tokenizer is not None
    texts = ["the house is large and that is for the people of this town " * 2, "дом " * 30, "ខ្មែរ " * 30]
    facts = facts_of(coverage_of(tokenizer, texts, 15))
    pictures = [block for block in coverage_blocks([facts], 3) if isinstance(block, Picture)]
    assert [("pieces" in item.caption, "unknown" in item.caption, "window" in item.caption) for item in pictures] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    for name in ("all: tiny", "en: tiny", "cyrillic: tiny"):
        assert name in pictures[0].svg
    assert "polyline" in pictures[2].svg
    assert not [block for block in coverage_blocks([facts_of(None)], 3) if isinstance(block, Picture)]


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\nlicense:\n- apache-2.0\n---\n", "apache-2.0"),
        ('---\nlicense: "other"\nlicense_name: acme-1\n---\n', "acme-1"),
        ("# A model\nlicense: mit\n", NOT_STATED),
        ("", NOT_STATED),
    ],
)
def test_a_licence_is_read_and_never_guessed(tmp_path: Path, card: str, licence: str) -> None:
    (tmp_path / "README.md").write_text(card)
    assert licence_of(tmp_path) == licence


def test_a_licence_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("\n  MIT License\n\nPermission …")
    assert licence_of(tmp_path) == "MIT License (LICENSE)"
    assert licence_of(find_model_folder("")) == "apache-2.0"


def test_a_models_name_cannot_write_into_the_picture() -> None:
    quality = Interval(mean=0.5, low=0.4, high=0.6)
    marks = [Mark(name="<script>x</script>", cost=cost, quality=quality, size=1, chosen=False) for cost in (0.001, 1.0)]
    assert "<script" not in trade_off(marks)
