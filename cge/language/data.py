"""Members and numbers that a person gives to a theory: checked as a whole, named by label, filled where they follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import sympy as sp

from cge.language.algebra import Theory, Total, boxcox, factors_of, inv_boxcox
from cge.language.declare import Automatic, Family, Set, are_names
from cge.language.expand import FUNCTIONS, Expansion
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, joined, listed, message, near

Members = dict[str, tuple[str, ...]]
ROUNDING = 1e-9
"""Shares that come out of a division may pass their bound by this much."""
FORMS = {form.__name__: FUNCTIONS[form] for form in (boxcox, inv_boxcox)}
"""What conditions may be made of that only the language has."""


def members_of(theory: Theory, sets: Mapping[str, Sequence[str]]) -> Members:
    """Members of every set of a theory.

    Raises
    ------
    SpecificationError
        Sets without members, labels given twice, members of a subset that the whole set does not have; all at once.
    """
    if not isinstance(sets, Mapping):
        raise SpecificationError(message("CGE411.mapping", found=type(sets).__name__))
    strange = {n: v for n, v in sets.items() if not are_names(v)}
    faults = [message("CGE411.text", name=n, found=repr(v)) for n, v in strange.items()]
    out = {k: () if k in strange else tuple(map(str, v)) for k, v in sets.items()}
    faults += [message("CGE411", name=n) for n in theory.sets if n not in out]
    faults += [message("CGE421", name=n, near=near(n, theory.sets)) for n in out if n not in theory.sets]
    for name, of in theory.sets.items():
        labels = out.get(name, ())
        twice = sorted({k for k in labels if labels.count(k) > 1})
        if twice:
            faults.append(message("CGE412", name=name, labels=", ".join(twice)))
        whole = out.get(of.of.name, ()) if of.of is not None else labels
        faults += [message("CGE413", name=name, label=k, of=of.of.name, near=near(k, whole))
                   for k in labels if of.of is not None and k not in whole]  # fmt: skip
    if faults:
        raise SpecificationError(joined(message("CGE410", theory=theory.name, count=len(faults)), faults))
    return out


def complete(theory: Theory, sets: Members, given: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers with what follows from the sets: masks of subsets, leads and lags, maps as arrays, defaults.

    Parameters
    ----------
    given : mapping of str to ndarray
        Numbers by label are put in the order of their sets, see :func:`arranged`; maps may be given by label,
        ``{"coal": "energy"}``.

    Raises
    ------
    SpecificationError
        Names that the theory does not have, labels that are not those of the set, members that a map leaves out or
        sends nowhere, and numbers outside the range of their parameter; all at once.
    """
    faults: list[Message] = []
    out = arranged(theory, sets, given, faults)
    for name, family in theory.families.items():
        if family.kind != "parameter":
            if family.exists and family.exists not in theory.families:
                close = near(family.exists, theory.families)
                faults.append(message("CGE431.holder", name=name, holder=family.exists, near=close))
            continue
        if family.automatic is not None and family.automatic.of is not None:
            out[name] = _automatic(family.automatic, family.automatic.of, sets, faults)
        elif name not in out and family.default is not None:
            out[name] = np.full([len(sets[d.name]) for d in family.dims], family.default)
        elif family.maps and isinstance(out.get(name), Mapping):
            out[name] = _map(family, out[name], sets, faults)
        elif family.maps and name in out:
            table = np.asarray(out[name])
            if not (table.dtype.kind in "fiub" and table.ndim == 2 and (np.sort(table)[:, :-1] == 0).all()
                    and (table.max(axis=1) == 1).all()):  # fmt: skip
                faults.append(message("CGE415.table", name=name, source=family.dims[0].name, of=family.dims[1].name))
        elif name in out and (family.lower > -np.inf or family.upper < np.inf):
            faults += _outside(family, np.asarray(out[name], float), sets)
    refuse(theory, faults)
    rules = [f.automatic for f in theory.families.values() if f.automatic is not None and f.automatic.expr is not None]
    asked = {theory.family_of(ref).name for rule in rules for ref in theory.references(rule.expr)}
    absent = sorted(n for n in asked if n not in out and theory.families[n].automatic is None)
    if absent:
        raise SpecificationError(message("CGE431", names=listed(absent)))
    for name, family in theory.families.items():
        if family.automatic is not None and family.automatic.of is None:
            out[name] = _holds(theory, family.automatic, sets, out)
    return out


def _holds(theory: Theory, rule: Automatic, sets: Members, numbers: Mapping[str, Any]) -> Array:
    """1 where a condition on parameters holds."""
    assert rule.expr is not None
    shape = [len(sets[theory.indices[i.name].name]) for i in rule.over]
    grid = dict(zip(rule.over, np.indices(shape), strict=True))
    sums = sorted(rule.expr.atoms(Total), key=str)
    refs = list(theory.references(rule.expr.xreplace({t: sp.Dummy() for t in sums})))
    cells = [{i.name: int(k) for i, k in zip(rule.over, at, strict=True)} for at in np.ndindex(*shape)] if sums else []
    reading = Expansion(theory, sets, numbers) if sums else None
    tables = [np.reshape([reading.value(t, at) for at in cells], shape) for t in sums] if reading is not None else []
    for ref in refs:
        table = np.asarray(numbers[theory.family_of(ref).name], float)
        tables.append(table[tuple(grid[k] for k in ref.indices)] if isinstance(ref, sp.Indexed) else table)
    tables += grid.values()
    symbols = [sp.Dummy() for _ in tables]
    plain = rule.expr.xreplace(dict(zip([*sums, *refs, *grid], symbols, strict=True)))
    with np.errstate(all="ignore"):
        true = sp.lambdify(symbols, plain, [FORMS, "scipy"])(*tables)
    return np.broadcast_to(np.asarray(true) != 0, shape).astype(float)


def refuse(theory: Theory, faults: Sequence[Message]) -> None:
    """Refuse numbers given to a theory, if there is any fault in them."""
    if faults:
        raise SpecificationError(joined(message("CGE414", theory=theory.name, count=len(faults)), faults))


def arranged(theory: Theory, sets: Members, given: Mapping[str, Any], faults: list[Message]) -> dict[str, Any]:
    """Numbers by name, those with labels in the order of the sets.

    Parameters
    ----------
    given : mapping of str to number, ndarray, dict, Series, DataFrame or DataArray
        A dict is by label, or by tuples of labels; a Series by its index, a DataFrame by its index and columns, unless
        these only count, 0, 1, 2 and so on. Labels must be exactly the members of the sets, in any order. Arrays are
        taken by position.
    faults : list of Message
        Gets unknown names and labels, and members without a number.
    """
    require_mapping(given)
    faults += [message("CGE422", name=n, near=near(n, theory.families)) for n in given if n not in theory.families]
    known = {n: v for n, v in given.items() if n in theory.families}
    return {n: in_order(theory.families[n], v, sets, faults) for n, v in known.items()}


def require_mapping(given: object) -> None:
    """Refuse numbers that are not given by name."""
    if not isinstance(given, Mapping):
        raise SpecificationError(message("CGE422.mapping", found=type(given).__name__))


def in_order(family: Family, value: Any, sets: Members, faults: list[Message]) -> Any:
    """Numbers of one symbol in the order of its sets, as in :func:`arranged`."""
    if family.maps:
        return value.to_dict() if isinstance(value, pd.Series) else value
    strange = _no_numbers(value)
    if strange:
        faults.append(message("CGE406.text", name=family.name, found=strange))
        return np.ones([len(sets[d.name]) for d in family.dims])
    if not family.dims:
        return value
    if dims := [d for d in getattr(value, "dims", ()) if d in value.coords]:
        names = [d.name for d in family.dims]
        value = (value.transpose(*names) if set(names) == set(dims) else value).to_series()
    elif isinstance(value, pd.DataFrame):
        value = value.to_numpy() if _counts(value.index) and _counts(value.columns) else value.stack()
    elif isinstance(value, pd.Series):
        value = value.to_numpy() if _counts(value.index) else value
    elif isinstance(value, Mapping):
        value = pd.Series(value)
    if not isinstance(value, pd.Series):
        return value
    labels = [sets[d.name] for d in family.dims]
    wanted = pd.MultiIndex.from_product(labels) if len(labels) > 1 else pd.Index(labels[0])
    lost, strange = wanted.difference(value.index), value.index.difference(wanted)
    twice = value.index[value.index.duplicated()].unique()
    if len(lost) or len(strange) or len(twice):
        over = ", ".join(d.name for d in family.dims)
        words = {k: listed(map(str, v)) if len(v) else "-"
                 for k, v in {"lost": lost, "strange": strange, "twice": twice}.items()}  # fmt: skip
        faults.append(message("CGE423", name=family.name, over=over, **words))
        return np.ones([len(k) for k in labels])
    return value.loc[wanted].to_numpy(float).reshape([len(k) for k in labels])


def _counts(axis: pd.Index) -> bool:
    """Whether an axis is nothing but positions in their order; one that was sorted or cut holds labels."""
    return axis.equals(pd.RangeIndex(len(axis)))


def _no_numbers(value: Any) -> str:
    """What is given in the place of numbers; empty where all are."""
    plain = list(value.values()) if isinstance(value, Mapping) else getattr(value, "to_numpy", lambda: value)()
    try:
        table = np.asarray(plain)
    except ValueError:
        return repr(plain)
    if table.dtype.kind in "fiub":
        return ""
    return next((repr(x) for x in table.ravel().tolist() if not isinstance(x, Real)), "")


def grid(
    theory: Theory, sets: Mapping[str, Sequence[str]], expr: sp.Basic, over: Sequence[sp.Symbol],
    parameters: Mapping[str, Array],
) -> Array:  # fmt: skip
    """Value of a product of parameters (and inequalities of indices) over a domain."""
    shape = tuple(len(sets[theory.indices[i.name].name]) for i in over)
    out = np.ones(shape)
    for factor in factors_of(expr):
        if isinstance(factor, sp.Ne):
            i, j = (list(over).index(x) for x in factor.args)
            out = out * (np.indices(shape)[i] != np.indices(shape)[j])
        elif isinstance(factor, sp.Indexed):
            table = np.asarray(parameters[factor.base.name], float)
            names = [list(over).index(k) for k in factor.indices]
            order = np.argsort(names)
            expand = [slice(None) if k in names else None for k in range(len(over))]
            out = out * np.transpose(table, order)[tuple(expand)]
        elif isinstance(factor, sp.Symbol):
            out = out * float(parameters[factor.name])
        else:
            out = out * float(factor)
    return out


def labelled(family: Family, sets: Members, value: Array) -> pd.DataFrame:
    """Cells of a symbol: its name, labels joined by commas, value and unit."""
    labels = pd.MultiIndex.from_product([sets[d.name] for d in family.dims]) if family.dims else [()]
    cells = pd.DataFrame({"variable": family.name, "cell": [", ".join(np.atleast_1d(k)) for k in labels]})
    return cells.assign(value=np.ravel(value).astype(float), unit=family.unit)


def within(family: Family, value: Array, parameters: Mapping[str, Array]) -> Array:
    """Values of a variable where it exists, and where it does not 1 if it is solved in its logarithm, else 0."""
    return np.where(parameters[family.exists] > 0, value, float(family.log)) if family.exists else value


def first_guess(family: Family, sets: Members, parameters: Mapping[str, Array]) -> Array:
    """Default of a variable where it exists; without one 1 if it is solved in its logarithm, else 0."""
    value = float(family.log) if family.default is None else family.default
    for holder in (value, family.exists):
        if isinstance(holder, str) and holder and holder not in parameters:
            close = near(holder, parameters)
            raise SpecificationError(message("CGE431.holder", name=family.name, holder=holder, near=close))
    number = parameters[value] if isinstance(value, str) else value
    return within(family, np.full([len(sets[d.name]) for d in family.dims], number, float), parameters)


def start_values(theory: Theory, sets: Members, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """First guess of every variable that no statement defines."""
    condensed = theory.condensed
    core = {n: f for n, f in theory.families.items() if f.kind == "variable" and n not in condensed}
    return {n: first_guess(f, sets, parameters) for n, f in core.items()}


def not_numbers(theory: Theory, sets: Members, parameters: Mapping[str, Array]) -> Iterator[Message]:
    """Cells of parameters that are not a number."""
    for name, value in parameters.items():
        family = theory.families[name]
        for cell in np.argwhere(np.isnan(value)):
            yield message("CGE406", cell=_cell(family, sets, cell), description=family.description)


def unusable(family: Family, sets: Members, value: Array, cells: Array) -> Iterator[Message]:
    """First guesses that a solve cannot begin from, of the flat ``cells`` that it solves for."""
    first = value.flat[cells]
    bad = ~np.isfinite(first) | ((first <= 0) & family.log)
    for k in cells[bad]:
        cell = _cell(family, sets, np.unravel_index(k, value.shape) if value.shape else ())
        found = float(value.flat[k])
        yield message("CGE405", cell=cell, value=found) if np.isfinite(found) else message("CGE405.nan", cell=cell)


def cell_text(name: str, labels: Sequence[str]) -> str:
    """A cell as messages write it: the name, with labels if there are any."""
    return f"{name} [{', '.join(labels)}]" if labels else name


def _cell(family: Family, sets: Members, cell: Iterable[int]) -> str:
    return cell_text(family.name, [sets[d.name][k] for d, k in zip(family.dims, cell, strict=True)])


def _automatic(rule: Automatic, of: Set, sets: Members, faults: list[Message]) -> Array:
    labels = sets[of.root.name]
    if rule.word == "only":
        if rule.label not in labels:
            faults.append(message("CGE408", label=rule.label, of=of.name, near=near(rule.label, labels)))
        return np.array([float(k == rule.label) for k in labels])
    position = np.arange(len(labels))
    if rule.word == "in":
        inside = set(sets[of.name])
        return np.array([float(k in inside) for k in labels])
    if rule.word in ("first", "last"):
        return (position == (0 if rule.word == "first" else len(labels) - 1)).astype(float)
    return ((position + rule.shift >= 0) & (position + rule.shift < len(labels))).astype(float)


def _map(family: Family, pairs: Mapping[str, str], sets: Members, faults: list[Message]) -> Array:
    source, target = (sets[d.name] for d in family.dims)
    out = np.zeros((len(source), len(target)))
    for k, label in enumerate(source):
        image = pairs.get(label)
        if image is None:
            faults.append(message("CGE415", name=family.name, label=label, of=family.dims[1].name))
        elif image not in target:
            facts = {"name": family.name, "label": label, "image": image, "of": family.dims[1].name}
            faults.append(message("CGE416", near=near(image, target), **facts))
        else:
            out[k, target.index(image)] = 1.0
    strange = sorted(set(pairs) - set(source))
    faults += [message("CGE417", name=family.name, label=k, of=family.dims[0].name, near=near(k, source))
               for k in strange]  # fmt: skip
    return out


def _outside(family: Family, value: Array, sets: Members) -> Iterator[Message]:
    bad = (value < family.lower - ROUNDING) | (value > family.upper + ROUNDING) | np.isnan(value)
    for cell in np.argwhere(bad):
        yield message(
            "CGE418", cell=_cell(family, sets, cell), value=float(value[tuple(cell)]),
            unit=family.unit, lower=family.lower, upper=family.upper, description=family.description,
        )  # fmt: skip
