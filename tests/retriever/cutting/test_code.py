"""Source code in every language, cut along its functions and classes. A token is a word here."""

import logging

import pytest

from hone.records import Passage
from retriever.cutting.passages import cut
from retriever.cutting.window import Window
from retriever.reading.parsed import Parsed

WORDY = " ".join(["carefully"] * 70)  # in a comment inside each function: two functions exceed the window


def passages(text: str, language: str, title: str = "file") -> tuple[Passage, ...]:
    window = Window(limit=120, count=lambda text: len(text.split()))
    return cut(Parsed(title=title, text=text, syntax="code", language=language), "d", window)


SNIPPETS = {
    "python": '''import math

# Rounds as the bank does.
@cached
def rounded(amount: float) -> float:
    # WORDY
    return math.floor(amount)


class Invoice(Base):
    """What a customer owes."""

    def total(self) -> float:
        # WORDY
        return sum(self.lines)

    @property
    def paid(self) -> bool:
        # WORDY
        return self.due == 0
''',
    "javascript": """import { floor } from "./money.js";

/** Rounds as the bank does. */
export function rounded(amount) {
  // WORDY
  return floor(amount);
}

export class Invoice extends Base {
  total() {
    // WORDY
    return this.lines.reduce(add);
  }

  get paid() {
    // WORDY
    return this.due === 0;
  }
}
""",
    "typescript": """import { floor } from "./money";

/** Rounds as the bank does. */
export const rounded = (amount: number): number => {
  // WORDY
  return floor(amount);
};

export class Invoice implements Payable {
  total(): number {
    // WORDY
    return this.lines.reduce(add);
  }

  get paid(): boolean {
    // WORDY
    return this.due === 0;
  }
}
""",
    "tsx": """import React from "react";

// Rounds as the bank does.
export function rounded(props: Props) {
  // WORDY
  return <b>{props.amount}</b>;
}

class Invoice extends React.Component<Props> {
  total() {
    // WORDY
    return <i>{this.sum}</i>;
  }

  paid() {
    // WORDY
    return <i>{this.due}</i>;
  }
}
""",
    "java": """package money;

/** Rounds as the bank does. */
interface rounded {
    // WORDY
    double round(double amount);
}

/** What a customer owes. */
@Entity
public class Invoice extends Base {
    @Override
    public double total() {
        // WORDY
        return sum(lines);
    }

    public boolean paid() {
        // WORDY
        return due == 0;
    }
}
""",
    "rust": """use money::floor;

/// Rounds as the bank does.
#[inline]
fn rounded(amount: f64) -> f64 {
    // WORDY
    floor(amount)
}

impl Invoice {
    /// Adds it up.
    fn total(&self) -> f64 {
        // WORDY
        self.lines.iter().sum()
    }

    fn paid(&self) -> bool {
        // WORDY
        self.due == 0.0
    }
}
""",
    "cpp": """#include <cmath>

// Rounds as the bank does.
template <typename T>
T rounded(T amount) {
  // WORDY
  return std::floor(amount);
}

class Invoice : public Base {
 public:
  double total() const {
    // WORDY
    return sum(lines);
  }

  bool paid() const {
    // WORDY
    return due == 0;
  }
};
""",
    "c_sharp": """using System;

/// Rounds as the bank does.
interface rounded
{
    // WORDY
    double Round(double amount);
}

public class Invoice : Base
{
    public double total()
    {
        // WORDY
        return Sum(lines);
    }

    [Pure]
    public bool paid()
    {
        // WORDY
        return due == 0;
    }
}
""",
    "ruby": """require "money"

# Rounds as the bank does.
def rounded(amount)
  # WORDY
  amount.floor
end

class Invoice < Base
  def total
    # WORDY
    lines.sum
  end

  def paid
    # WORDY
    due.zero?
  end
end
""",
    "php": """<?php

// Rounds as the bank does.
function rounded(float $amount): float {
    // WORDY
    return floor($amount);
}

class Invoice extends Base {
    public function total(): float {
        // WORDY
        return array_sum($this->lines);
    }

    public function paid(): bool {
        // WORDY
        return $this->due === 0;
    }
}
""",
}


@pytest.mark.parametrize("language", SNIPPETS)
def test_a_class_too_large_is_cut_by_its_methods(language: str):
    text = SNIPPETS[language].replace("WORDY", WORDY)
    found = passages(text, language)
    named = {passage.heading: passage for passage in found}
    assert ("Invoice", "paid") in named
    paid = named["Invoice", "paid"]
    assert "Invoice" in paid.preface
    assert "WORDY" not in paid.text
    assert not paid.text.startswith(("return", "}", "end"))
    function = next(passage for passage in found if "Rounds as the bank does." in passage.text)
    assert "rounded" in function.text
    assert WORDY in function.text
    assert [passage for passage in found if "total" in passage.text and WORDY in passage.text]


FUNCTIONS = {
    "go": """package money

// Rounded rounds as the bank does.
func Rounded(amount float64) float64 {
	// WORDY
	return math.Floor(amount)
}

// Paid tells whether nothing is due.
func (i *Invoice) Paid() bool {
	// WORDY
	return i.due == 0
}
""",
    "c": """#ifndef MONEY_H
#define MONEY_H

/* Rounds as the bank does. */
static double *Rounded(double amount) {
  /* WORDY */
  return floor(amount);
}

/* Tells whether nothing is due. */
int Paid(struct invoice *invoice) {
  /* WORDY */
  return invoice->due == 0;
}
#endif
""",
    "bash": """#!/usr/bin/env bash
set -euo pipefail

# Rounds as the bank does.
Rounded() {
  : WORDY
  printf "%.0f" "$1"
}

# Tells whether nothing is due.
function Paid {
  : WORDY
  [ "$1" -eq 0 ]
}
""",
}


@pytest.mark.parametrize(
    ("language", "names"),
    [("go", ["Rounded", "Invoice.Paid"]), ("c", ["Rounded", "Paid"]), ("bash", ["Rounded", "Paid"])],
)
def test_functions_are_passages_with_their_comments(language: str, names: list[str]):
    first, second = passages(FUNCTIONS[language].replace("WORDY", WORDY), language)[-2:]
    assert second.heading == (names[1],)
    assert second.text.startswith(("// Paid tells", "/* Tells whether", "# Tells whether"))
    assert names[0] in first.text
    assert "ounds as the bank does" in first.text


def test_sql_is_cut_between_statements():
    statements = [f"CREATE TABLE t{n} (\n  id INTEGER, -- {' '.join(['the'] * 60)}\n  name TEXT\n);" for n in range(3)]
    assert [passage.text for passage in passages("\n\n".join(statements), "sql")] == statements


def test_small_functions_are_joined_and_named_by_what_they_share():
    text = "\n\n\n".join(f"def f{n}(x):\n    return x + {n}" for n in range(4))
    (only,) = passages(text, "python")
    assert (only.heading, only.text) == ((), text)


def test_a_function_that_fits_is_named():
    (only,) = passages("def alone(x):\n    return x\n", "python")
    assert only.heading == ("alone",)


def test_a_docstring_stays_with_its_function_and_a_class_with_its_docstring():
    text = SNIPPETS["python"].replace("WORDY", WORDY)
    invoice = next(passage for passage in passages(text, "python") if "class Invoice" in passage.text)
    assert '"""What a customer owes."""' in invoice.text


def test_a_function_too_long_is_cut_between_its_own_statements_under_its_signature():
    steps = [f"    for x in part_{n}:\n        # {' '.join(['then'] * 30)}\n        do(x)" for n in range(6)]
    first, *others = passages("def work(job):\n" + "\n".join(steps) + "\n", "python")
    assert first.text.startswith("def work(job):\n    for x in part_0")
    assert all(passage.text.startswith("for x in part_") for passage in others)
    assert {(passage.heading, passage.preface) for passage in others} == {(("work",), "def work(job):")}


def test_namespaces_are_in_the_path():
    methods = "\n".join(f"    bool paid{n}() {{\n      // {WORDY}\n      return true;\n    }}" for n in range(2))
    found = passages(f"namespace money {{\n  class Invoice {{\n{methods}\n  }};\n}}\n", "cpp")
    assert found[-1].heading == ("money", "Invoice", "paid1")
    assert found[-1].preface == "class Invoice"


@pytest.mark.parametrize("language", ["python", "cobol", ""])
def test_what_no_grammar_reads_is_cut_by_groups_of_lines(language: str, caplog: pytest.LogCaptureFixture):
    groups = ["\n".join(f"%% ]] {group} {line} ?? )( {{" for line in range(12)) for group in range(4)]
    with caplog.at_level(logging.INFO):
        found = passages("\n\n".join(groups), language)
    assert [passage.text for passage in found] == groups
    assert [record.name for record in caplog.records][-1:] == ["retriever.cutting.code"]


@pytest.mark.parametrize(
    ("language", "line", "key"),
    [
        ("yaml", "# About {0}\n{0}:\n", "part{0}"),
        ("toml", "# About {0}\n[{0}]\n", "part{0}"),
    ],
)
def test_settings_are_cut_by_their_top_level_keys(language: str, line: str, key: str):
    parts = [line.format(f"part{n}") + "\n".join(f"  k{at} = {at}" for at in range(25)) for n in range(3)]
    found = passages("\n\n".join(parts), language)
    assert [passage.text for passage in found] == parts
    assert [passage.heading for passage in found] == [("part0",), ("part1",), ("part2",)]


def test_json_is_cut_by_its_top_level_keys():
    keys = [f'  "part{n}": {{\n' + ",\n".join(f'    "k{at}": {at}' for at in range(40)) + "\n  }" for n in range(3)]
    found = passages("{\n" + ",\n".join(keys) + "\n}\n", "json")
    assert [passage.heading for passage in found[-2:]] == [("part1",), ("part2",)]
    assert found[1].text == keys[1].strip() + ","
