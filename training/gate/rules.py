"""What a candidate has to show. Every bound is a decision, and each says why it is where it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """The bounds of all checks; shares and scores are between 0 and 1."""

    # Better: less than a point is nothing that anybody would notice, and not worth another model.
    gain: float = 0.01
    p: float = 0.05
    fewest: int = 30  # questions below which an interval says nothing

    # Recall: a point may be lost where that much is proved to be all. With a few hundred questions that can't be
    # proved, so there the figure itself may fall by half a point.
    recall_margin: float = 0.01
    recall_unproven: float = 0.005
    # Of a log's questions the live search had found nearly all answers, or nobody would know them: what another model
    # finds instead can't be seen. Two points may go then, three where more is gained by meaning, where none may go.
    recall_selected: float = 0.99
    recall_loss: float = 0.02
    recall_loss_most: float = 0.03

    # Slices: a fall of three points that is no chance. There are a dozen slices, and of a dozen harmless ones some
    # would fall by chance: p is corrected for how many there are, and one good candidate in ten may be refused for it.
    slice_drop: float = 0.03
    slice_questions: int = 30
    slice_p: float = 0.1

    # Answered: gold among the first three of the page, lost when it leaves the page. Whatever changes loses some of
    # what was chosen for being good, so a mean would always fall. A few may go; more only if three are won for each.
    answered_places: int = 3
    lost_share: float = 0.03
    won_for_each: float = 3.0
    lost_most: float = 0.1

    # Canary: as many points as the domain may not cost elsewhere, beyond chance; and never more than three.
    canary_margin: float = 0.01
    canary_most: float = 0.03

    latency_times: float = 1.5
    latency_slack_ms: float = 2.0  # nobody feels it, and below it a clock is noise
    latency_questions: int = 100
    size_times: float = 2.0

    answers_margin: float = 0.03
    answer_questions: int = 60  # an answer without an LLM takes a tenth of a second to a second
    abstention_up: float = 0.1

    # Attacks: a document with so large a share of the first ten places stands in every fifth question's list.
    rise_times: float = 5.0
    rise_share: float = 0.02

    probe_questions: int = 40  # of each kind, to each asker
    probe_askers: int = 12
    passages: int = 2000  # that the space is measured on
    regressions: int = 20


RULES = GateRules()
