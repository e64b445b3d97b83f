"""How simulated people behave: every number of the simulation, and why it is what it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LAST_DAY = date(2026, 11, 20)  # of the last round of use; fixed, so that evidence is as old in every run of one day


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What people do, in shares of 1 unless a unit is named."""

    people: int = 500  # a middle-sized company whose people ask two or three things a working day
    days: int = 60  # a round of use: two months
    askers: float = 6.0  # people who ask a question, Poisson and at least one: most are asked by few, some by many
    activity: float = 0.6  # sigma of the log-normal of how much people ask: some ask ten times what others do
    sitting: float = 0.5  # of questions follow the one before within minutes; such neighbours can look like rewordings
    look: float = 0.7  # place n is looked at with n^-look, independently: between no bias and the 1/n of eye-tracking
    silent: float = 0.6  # of searches end without any act, found or not: the figure
    wrong: float = 0.055  # of people who see the right document click on another all the same
    lost: float = 0.065  # of people who do not see it click on something; with `wrong`, a tenth of all clicks are wrong
    rewords: float = 0.3  # of people who did not see it put the question in other words, at most twice
    sibling: float = 0.5  # of rewordings are words that somebody else used for the same document, where there are any
    opens: float = 0.3  # of right clicks lead on to the document itself
    copies: float = 0.1  # of right clicks end in copying from it
    says: float = 0.06  # of right clicks end in “this is the right document”
    doubts: float = 0.15  # of wrong clicks open the document, to see that it is wrong
    errs: float = 0.01  # of wrong clicks end in “this is the right document” all the same
    attackers: float = 0.0  # of the people push one document, beside asking as everybody does
    attacked: int = 60  # questions that they push it for
    burst: bool = False  # naive: all of it in an hour. Otherwise some a day for all the days, below what bursts are
    seed: int = 7

    @property
    def enemies(self) -> int:
        """Count the attackers."""
        return round(self.attackers * self.people)


HABITS = Habits()


def first_day(habits: Habits, place: int, rounds: int) -> datetime:
    """Say when one of several rounds of use begins; the last ends on `LAST_DAY`."""
    end = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC)
    return end - timedelta(days=habits.days * (rounds - place + 1))
