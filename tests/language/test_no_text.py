"""Text that a person gives in place of an expression is refused, never evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.language.data import complete
from cge.language.forms import Input, unit_cost
from cgebase.errors import SpecificationError
from cgebase.messages import both

WORDS = {"unit": "1", "description": "test"}
TEXT = "open('{}', 'w').close() or 1"
PLACES: dict[str, Callable[..., Any]] = {
    "equation": lambda t, x, i, text: t.equation("e", (), text, pairs=x, mixed=True),
    "definition": lambda t, x, i, text: t.define(x, (), text),
    "account": lambda t, x, i, text: t.account("a", (), text, **WORDS),
    "mask": lambda t, x, i, text: t.equation("e", (), x - 1, pairs=x, where=text, mixed=True),
    "scale": lambda t, x, i, text: t.equation("e", (), x - 1, pairs=x, scale=text, mixed=True),
    "lower": lambda t, x, i, text: t.equation("e", (), x - 1, pairs=x, complements=True, lower=text, mixed=True),
    "upper": lambda t, x, i, text: t.equation(
        "e", (), x - 1, pairs=x, complements=True, lower=1, upper=text, mixed=True
    ),
    "sum": lambda t, x, i, text: total(text, i),
    "index of a sum": lambda t, x, i, text: total(x, text),
    "mask of a sum": lambda t, x, i, text: total(x, i, where=text),
    "index of a reference": lambda t, x, i, text: (t.families["p"][text], complete(t, {"k": ("a",)}, {})),
    "transform": lambda t, x, i, text: boxcox(text, 1),
    "exponent": lambda t, x, i, text: inv_boxcox(x, text),
    "price": lambda t, x, i, text: unit_cost(2, Input(0.5, text)),
    "elasticity": lambda t, x, i, text: unit_cost(text, Input(0.5, x)),
    "range": lambda t, x, i, text: t.parameter("q", (), lower=text, **WORDS),
}


@pytest.mark.parametrize("place", PLACES)
def test_text_is_refused_and_not_run(place, tmp_path):
    t = Theory("text")
    k = t.set("k")
    i = k.index("i")
    x, _ = t.variable("x", (), **WORDS), t.parameter("p", (k,), **WORDS)
    planted = tmp_path / "run"
    with pytest.raises(SpecificationError) as refused:
        PLACES[place](t, x, i, TEXT.format(planted))
    assert not planted.exists()
    words = both(refused.value)
    assert "open(" in words and (place == "index of a reference" or words.code == "CGE429" and "open(" in words.zh)
