"""What symbols carry: degree in money, first guess, where they exist, tags of policies."""

from __future__ import annotations

from copy import deepcopy

import pytest
from sympy import nan

from cge.language.algebra import total
from cge.theory import symbols as s
from cge.theory.chapters import THEORY
from cgebase.errors import SpecificationError

OF_MONEY = {
    "zero_profit", "busbar_cost", "margin_price", "lump_sum", "revenue_to_dividend", "revenue_to_owners",
    "owners_everywhere", "balance_of_payments", "owners_at_home",
    "technology_cost", "transfer_fixed", "production_tax_cut", "labour_tax_cut", "budget", "removals",
}  # fmt: skip
"""Equations whose residual is an amount or a price; that of every other is a quantity or a share."""


MIXED = ("numeraire", "numeraire_alone")
"""The statement that ties prices to the base year."""


def test_every_statement_has_a_degree_and_only_the_numeraire_mixes_them():
    known = THEORY.degrees.known
    assert THEORY.degrees.waiting == [] and set(known) == set(THEORY.families)
    equations = {n: THEORY.degrees.of(e.expr) for n, e in THEORY.equations.items() if n not in MIXED}
    assert {n for n, d in equations.items() if d == 1} == OF_MONEY
    assert set(equations.values()) == {known[n] for n in THEORY.definitions} == {0, 1}


def test_every_statement_says_why_it_holds_or_where_it_is_from():
    assert [s.name for s in THEORY.statements.values() if not s.ref] == []


OTHERS = ("CG", "CPI", "VOLD", "GAIN")
"""Money by another letter."""


def test_prices_and_incomes_are_money_and_quantities_are_not():
    for name in THEORY.definitions:
        money = name[0] in "PY" or THEORY.families[name].unit in (s.MONEY, s.PERMIT) or name in OTHERS
        assert THEORY.degrees.known[name] == money, name


def test_money_is_not_added_to_tonnes():
    with pytest.raises(SpecificationError, match="'no_sense' mixes degrees") as refused:
        THEORY.equation("no_sense", (s.r,), s.CPAY[s.r] - s.EM[s.r], pairs=s.LST)
    assert "CPAY[r] has 1" in str(refused.value) and "-EM[r] has 0" in str(refused.value)
    assert "no_sense" not in THEORY.equations


def test_first_guesses_and_limits_are_parameters_over_the_same_sets():
    families = THEORY.families
    named = [(f, n) for f in families.values() for n in (f.default, f.exists) if isinstance(n, str) and n]
    assert len(named) == 23
    for family, name in named:
        assert (families[name].kind, families[name].dims) == ("parameter", family.dims), family.name


def test_tags_stand_on_symbols_of_their_kind():
    tags = {n: f.tags for n, f in THEORY.families.items() if f.tags}
    assert all((THEORY.families[n].kind == "variable") == (tags[n] == s.GROWING) for n in tags)
    assert set().union(*tags.values()) == s.EASED | s.SHARED | s.POLICY_ONLY | s.GROWING
    assert tags["tax"] == s.EASED and tags["qprog"] == s.SHARED and tags["lmax"] == s.POLICY_ONLY


PER_UNIT = {"qlim", "PLQ", "SBQ"}
"""What goes by unit of an activity, 1e8 yuan or TWh."""


def test_the_unit_of_every_symbol_and_statement_is_told_but_what_goes_by_unit_of_an_activity():
    known = THEORY.units.known
    assert set(known) == set(THEORY.families) and THEORY.units.waiting == []
    assert {n for n, unit in known.items() if unit is nan} == PER_UNIT
    assert set(s.UNITS) <= {f.unit for f in THEORY.families.values()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "two"),
    [
        (lambda r: s.EM[r], lambda r: s.QB[r]),
        (lambda r: s.EM[r], lambda r: s.INV[r]),
        (lambda r: s.TAU[r], lambda r: s.PGC[r]),
        (lambda r: s.TAU[r] * s.EM[r], lambda r: s.PGC[r]),
        (lambda r: total(s.QA[s.a, r], s.a), lambda r: s.QB[r]),
        (lambda r: s.RM[r], lambda r: s.VRE[r] * s.QB[r]),
        (lambda r: total(s.epsp[s.a, r] * s.QA[s.a, r], s.a), lambda r: s.INV[r]),
    ],
)
def test_tonnes_energy_and_money_do_not_add_up(one, two):
    theory = deepcopy(THEORY)
    with pytest.raises(SpecificationError, match="'wrong' adds unlike units"):
        theory.account("wrong", (s.r,), one(s.r) + two(s.r), unit="", description="of nothing")
