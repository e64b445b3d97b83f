"""Whether the passages that an answer was made from are those that hold it, by their ids."""

from eval.answers.records import AnswerRecord, NotApplicable, Value

_NO_GOLD = NotApplicable(why="nothing holds the answer")


def context_precision(record: AnswerRecord) -> Value:
    """Give the share of the passages retrieved that hold the answer."""
    found, gold = set(record.context_ids or ()), set(record.reference_ids or ())
    if not gold:
        return _NO_GOLD
    return len(found & gold) / len(found) if found else NotApplicable(why="nothing was retrieved")


def context_recall(record: AnswerRecord) -> Value:
    """Give the share of the passages that hold the answer which were retrieved."""
    found, gold = set(record.context_ids or ()), set(record.reference_ids or ())
    return len(found & gold) / len(gold) if gold else _NO_GOLD
