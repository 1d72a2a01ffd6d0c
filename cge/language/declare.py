"""What a theory declares: index sets with subsets and order, variables and parameters over them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, NoReturn, TypeAlias, TypedDict, TypeGuard, Unpack, overload

import sympy as sp

from cge.language.degrees import Degrees
from cge.language.units import Units
from cgebase.brief import Brief
from cgebase.errors import SpecificationError
from cgebase.messages import listed, message, near

Ref: TypeAlias = sp.Indexed | sp.Symbol
Index: TypeAlias = sp.Basic | str


def expression(given: object) -> sp.Basic:
    """A number or expression that a person gives; text is refused, for sympy would evaluate it as Python."""
    try:
        return sp.sympify(given, strict=True)
    except sp.SympifyError as error:
        raise SpecificationError(message("CGE429", given=repr(given))) from error


def require_name(name: str) -> None:
    """Refuse a name that could be read as an expression, such as one with a hyphen or a space."""
    if not (isinstance(name, str) and name.isidentifier()):
        raise SpecificationError(message("CGE407", name=name))


def are_names(given: object) -> TypeGuard[Iterable[str]]:
    """Whether something is a list of texts, and no text itself."""
    return not isinstance(given, str) and isinstance(given, Iterable) and all(isinstance(k, str) for k in given)


def _shown(given: object) -> str:
    """What was given where a tuple is expected."""
    return f"({', '.join(map(str, given))})" if isinstance(given, tuple | list) else str(given)


def place(index: sp.Basic) -> tuple[sp.Symbol, int]:
    """Index symbol and lead (positive) or lag (negative) of one index of a reference."""
    if isinstance(index, sp.Symbol):
        return index, 0
    shift, rest = index.as_coeff_Add() if isinstance(index, sp.Add) else (sp.Integer(0), index)
    if not (isinstance(rest, sp.Symbol) and shift.is_Integer):
        raise SpecificationError(message("CGE445", index=index))
    return rest, int(shift)


@dataclass(frozen=True)
class Set:
    """An index set of a theory; its members are given when a system is built.

    Parameters
    ----------
    of : Set, optional
        The set this one is a subset of. Variables and parameters live on whole sets; indices of equations,
        definitions and sums may run over subsets.
    ordered : bool
        Whether leads and lags, ``K[t + 1]``, make sense: periods, vintages, ages.
    """

    name: str
    description: str
    theory: Declarations = field(repr=False, compare=False)
    of: Set | None = None
    ordered: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> Set:
        """The whole set."""
        return self if self.of is None else self.of.root

    def index(self, name: str) -> sp.Symbol:
        """Index symbol running over this set."""
        require_name(name)
        known = self.theory.runs.setdefault(name, self)
        if known is not self:
            raise SpecificationError(message("CGE446", index=name, known=known.name, name=self.name))
        self.theory.indices[name] = self.root
        return sp.Symbol(name, integer=True)

    def subset(self, name: str, description: str = "") -> Set:
        """Declare a subset; its members are given, like those of every set, when a system is built."""
        return self.theory.add(Set(name, description, self.theory, self, self.ordered))

    @property
    def mask(self) -> Family:
        """Parameter over the whole set: 1 for members of this subset, else 0."""
        return self._automatic("in", f"1 in {self.description or self.name}", 0)

    @property
    def first(self) -> Family:
        """Parameter that is 1 for the first member of an ordered set, else 0."""
        return self._automatic("first", f"1 for the first of {self.description or self.name}", 0)

    @property
    def last(self) -> Family:
        """Parameter that is 1 for the last member of an ordered set, else 0."""
        return self._automatic("last", f"1 for the last of {self.description or self.name}", 0)

    def has(self, shift: int) -> Family:
        """Parameter that is 1 where the member ``shift`` places on exists, else 0."""
        word = f"lead{shift}" if shift > 0 else f"lag{-shift}"
        return self._automatic(word, f"1 where the member {shift:+d} exists", shift)

    def single(self, label: str) -> tuple[sp.Symbol, Ref]:
        """Index that stands for one member, and its mask."""
        known = [f for f in self.theory.families.values() if f.automatic and f.automatic.word == "only"]
        rule = Automatic("only", self.root, 0, label=label)
        mask = next((f for f in known if f.automatic == rule), None)
        name = f"only_{len(known) + 1}" if mask is None else mask.name
        if mask is None:
            traits = {"unit": "1", "description": f"1 for {label}", "automatic": rule}
            self.theory.enter(name, (self.root,), "parameter", traits)
        symbol = self.root.index(f"at_{name}")
        return symbol, self.theory.families[name].base[symbol]

    def _automatic(self, word: str, description: str, shift: int) -> Family:
        if word != "in" and not self.ordered:
            raise SpecificationError(message("CGE447", name=self.name))
        name = f"{word}_{self.name}"
        if name not in self.theory.families:
            rule = Automatic(word.rstrip("0123456789"), self, shift)
            traits = {"unit": "1", "description": description, "automatic": rule}
            self.theory.enter(name, (self.root,), "parameter", traits)
        return self.theory.families[name]


@dataclass(frozen=True)
class Automatic:
    """How a parameter follows from the members of a set, or from other parameters.

    Parameters
    ----------
    word : str
        ``in``, ``first``, ``last``, ``lead``, ``lag``, ``only`` (the member ``label``) or ``where``.
    expr, over : Basic, tuple of Symbol
        Of ``where``: not zero, or true, where the parameter is 1, over its indices.
    """

    word: str
    of: Set | None
    shift: int
    expr: sp.Basic | None = None
    over: tuple[sp.Symbol, ...] = ()
    label: str = ""


def _bare(self: Family, *_: object) -> NoReturn:
    """Refuse what is an expression only with its indices."""
    indices = [k for d in self.dims for k, run in d.theory.runs.items() if run is d][: len(self.dims)]
    raise SpecificationError(message("CGE448.bare", name=self.name, dims=listed(d.name for d in self.dims),
                                     cell=f"{self.name}[{', '.join(indices)}]"))  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A variable or parameter: ``PX[c, r]`` is one reference to it.

    Parameters
    ----------
    log : bool
        Whether a variable is positive and solved in its logarithm.
    limited : bool
        Whether a Newton step is shortened when the logarithm moves far; rents of idle resources may fall by many orders
        of magnitude in one step.
    alias : str
        What it is called elsewhere, such as GTAP's ``ESUBD``; found by ``cge explain``.
    default : float or str, optional
        Value of a parameter that is not given; first guess of a variable, or name of the parameter that holds it; of a
        variable that is defined, its value where no definition exists.
    lower, upper : float
        Range of sensible values of a parameter; data outside are refused.
    exists : str
        Parameter that is above 0 where the variable is there; everywhere if empty.
    given : bool
        Whether a variable is kept at its value where no active equation determines it; others must be determined.
    tags : frozenset of str
        Words of a program that uses the theory; the language gives them no meaning.
    degree : int, optional
        Degree of homogeneity, such as 1 for money; see :class:`cge.language.degrees.Degrees`.
    maps : bool
        A parameter that sends each member of its first set to one member of its second.
    """

    name: str
    dims: tuple[Set, ...]
    kind: str
    unit: str = ""
    description: str = ""
    log: bool = False
    limited: bool = True
    alias: str = ""
    default: float | str | None = None
    lower: float = -math.inf
    upper: float = math.inf
    maps: bool = False
    exists: str = ""
    given: bool = False
    tags: frozenset[str] = frozenset()
    degree: int | None = None
    automatic: Automatic | None = None

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _bare
    __pow__ = __rpow__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = _sympy_ = refuse_bare = _bare

    def __str__(self) -> str:
        return self.name

    @cached_property
    def base(self) -> sp.IndexedBase:
        """What sympy indexes."""
        return sp.IndexedBase(self.name)

    def __getitem__(self, indices: Index | tuple[Index, ...]) -> sp.Expr:
        """One reference: by index symbols, with leads and lags, or by the label of one member, ``P["food"]``."""
        got = indices if isinstance(indices, tuple) else (indices,)
        if len(got) != len(self.dims):
            dims, indices = listed(d.name for d in self.dims), listed(got)
            raise SpecificationError(message("CGE448", name=self.name, dims=dims, count=len(got), indices=indices))
        single = {k: of.single(k) for k, of in zip(got, self.dims, strict=True) if isinstance(k, str)}
        got = tuple(single[k][0] if isinstance(k, str) else k for k in got)
        for index, of in zip(got, self.dims, strict=True):
            symbol, shift = place(index)
            found = of.theory.indices.get(symbol.name)
            if found is not of:
                runs = message("CGE449.runs", set=found.name) if found else message("CGE449.none")
                cell = f"{self.name}[{', '.join(map(str, got))}]"
                raise SpecificationError(message("CGE449", cell=cell, index=symbol, runs=runs, set=of.name))
            if shift:
                of.has(shift)
        return self.dims[0].theory.at(self.base[got], dict(single.values())) if single else self.base[got]


KINDS: dict[str, tuple[type, ...]] = {
    "unit": (str,), "description": (str,), "alias": (str,), "exists": (str,), "log": (bool,), "limited": (bool,),
    "given": (bool,), "degree": (int, type(None)), "default": (float, int, str, type(None)),
}  # fmt: skip
"""What traits are; what is said of one that is none goes by the first."""


class Traits(TypedDict, total=False):
    """What is said of every symbol; as in :class:`Family`."""

    unit: str
    description: str
    alias: str
    degree: int | None
    tags: frozenset[str]


class VariableTraits(Traits, total=False):
    """What is said of a variable."""

    log: bool
    limited: bool
    default: float | str | None
    exists: str
    given: bool
    tags: frozenset[str]


class ParameterTraits(Traits, total=False):
    """What is said of a parameter."""

    default: float | None
    lower: float
    upper: float


MOST_KNOWN = 50_000
"""Expressions whose symbols are kept at hand: every system that is made of a theory reads it again."""


class Declarations(Brief, ABC):
    """Registry of the sets and symbols of one model.

    Parameters
    ----------
    sets : dict of str to Set
        Whole sets and subsets.
    indices, runs : dict of str to Set
        The whole set of each index symbol, and the set or subset it runs over.
    units : Units
        Of its symbols; made with what texts say that are written for people: ``{"1e8 CNY per TWh": "money/TWh"}``.
    """

    def __init__(self, name: str, *, units: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.sets: dict[str, Set] = {}
        self.indices: dict[str, Set] = {}
        self.runs: dict[str, Set] = {}
        self.families: dict[str, Family] = {}
        self.degrees, self.units = Degrees(), Units(units or {})

    def set(self, name: str, description: str = "", *, ordered: bool = False) -> Set:
        """Declare an index set; ``ordered`` sets have leads and lags, ``K[t + 1]``."""
        return self.add(Set(name, description, self, ordered=ordered))

    def add(self, new: Set) -> Set:
        """Enter a set or subset under its name."""
        require_name(new.name)
        if new.name in self.sets:
            raise SpecificationError(message("CGE450.set", name=new.name))
        self.sets[new.name] = new
        return new

    @overload
    def variable(self, name: str, dims: tuple[()], **traits: Unpack[VariableTraits]) -> sp.Symbol: ...

    @overload
    def variable(self, name: str, dims: Sequence[Set], **traits: Unpack[VariableTraits]) -> Family: ...

    def variable(self, name: str, dims: Sequence[Set], **traits: Unpack[VariableTraits]) -> Family | sp.Symbol:
        """Declare a variable, solved in its logarithm unless ``log=False``; other traits as in :class:`Family`."""
        return self.enter(name, dims, "variable", {"log": True, **traits})

    @overload
    def parameter(self, name: str, dims: tuple[()], **traits: Unpack[ParameterTraits]) -> sp.Symbol: ...

    @overload
    def parameter(self, name: str, dims: Sequence[Set], **traits: Unpack[ParameterTraits]) -> Family: ...

    def parameter(self, name: str, dims: Sequence[Set], **traits: Unpack[ParameterTraits]) -> Family | sp.Symbol:
        """Declare a parameter; traits as in :class:`Family`."""
        return self.enter(name, dims, "parameter", traits)

    def map(self, name: str, source: Set, target: Set, *, description: str) -> Family:
        """Declare a map: each member of ``source`` has one member of ``target``.

        Data are given by label, ``{"coal": "energy", ...}``; ``name[i, j]`` is 1 where j is the image of i, and is
        used as a mask: ``total(PM[j], j, where=name[i, j])`` is the value at the image of i.
        """
        self.enter(name, (source, target), "parameter", {"unit": "1", "description": description, "maps": True})
        return self.families[name]

    def enter(self, name: str, dims: Sequence[Set], kind: str, traits: Mapping[str, Any]) -> Family | sp.Symbol:
        """Enter a symbol under its name; what refers to it in expressions."""
        require_name(name)
        if name in self.families:
            raise SpecificationError(message("CGE450", name=name))
        if not isinstance(dims, tuple | list) or not all(isinstance(d, Set) for d in dims):
            raise SpecificationError(message("CGE451.dims", name=name, dims=_shown(dims)))
        known = [f.name for f in fields(Family)]
        for trait in (t for t in traits if t not in known):
            raise SpecificationError(message("CGE450.trait", name=name, trait=trait, near=near(trait, known)))
        for trait, value in traits.items():
            if not isinstance(value, KINDS.get(trait, (object,))):
                kind = message(f"CGE450.{KINDS[trait][0].__name__}")
                raise SpecificationError(message("CGE450.kind", name=name, trait=trait, found=repr(value), kind=kind))
        numbers = ("lower", "upper", *(("default",) if kind == "parameter" else ()))
        for bound in (traits[k] for k in numbers if traits.get(k) is not None):
            if not isinstance(bound, int | float):
                raise SpecificationError(message("CGE429", given=repr(bound)))
        partial = sorted(d.name for d in dims if d.of is not None)
        if partial:
            raise SpecificationError(message("CGE451", name=name, sets=listed(partial)))
        self.families[name] = Family(name, tuple(dims), kind, **traits)
        self.degrees.declare(name, kind, self.families[name].degree)
        self.units.enter(name, self.families[name].unit)
        return self.families[name] if dims else sp.Symbol(name)

    @abstractmethod
    def at(self, body: sp.Expr, single: Mapping[sp.Symbol, Ref]) -> sp.Expr:
        """A reference at single members: its sum over indices that each stand for one."""

    def where(self, expr: sp.Basic, over: tuple[sp.Symbol, ...]) -> Ref:
        """Parameter that is 1 where an expression of parameters is true or not zero, over its indices."""
        rule = Automatic("where", None, 0, expr, over)
        known = next((f for f in self.families.values() if f.automatic == rule), None)
        if known is None:
            count = sum(f.automatic is not None and f.automatic.word == "where" for f in self.families.values())
            name = f"where_{count + 1}"
            traits = {"unit": "1", "description": f"1 where {expr}", "automatic": rule}
            self.enter(name, [self.indices[i.name] for i in over], "parameter", traits)
            known = self.families[name]
        return known.base[over] if over else sp.Symbol(known.name)

    def named(self, name: str) -> str:
        """Name of the symbol or statement that ``name`` is, or is an alias of; itself if there is none."""
        known = {f.alias.lower(): f.name for f in self.families.values() if f.alias}
        return known.get(name.lower(), name) if name not in self.families else name

    def determined(self, given: object, statement: str) -> str:
        """Name of the variable that a statement determines.

        Raises
        ------
        SpecificationError
            A reference to cells of it, a parameter, or no symbol at all.
        """
        name = given if isinstance(given, str) else str(getattr(given, "name", given))
        family = self.families.get(name)
        if family is None or family.kind == "parameter":
            meant = near(name.split("[")[0], [n for n, f in self.families.items() if f.kind == "variable"])
            raise SpecificationError(message("CGE460", name=statement, given=name, near=meant))
        return name

    def bound(self, over: object, statement: str) -> tuple[sp.Symbol, ...]:
        """Indices of a statement, each of a set of the theory."""
        if not isinstance(over, tuple | list) or not all(getattr(i, "name", None) in self.indices for i in over):
            raise SpecificationError(message("CGE443.over", name=statement, over=_shown(over)))
        return tuple(over)

    def family_of(self, ref: Ref) -> Family:
        """The variable or parameter a reference belongs to."""
        name = ref.base.name if isinstance(ref, sp.Indexed) else ref.name
        return self.families[name]

    def references(self, expr: sp.Basic) -> Iterable[Ref]:
        """Every reference to a variable or parameter in ``expr``, in a fixed order."""
        return [x for x in _symbols_in(expr) if isinstance(x, sp.Indexed) or self._is_plain(x.name)]

    def _is_plain(self, name: str) -> bool:
        """Whether a name is that of a variable or parameter without indices."""
        return name in self.families and not self.families[name].dims


@lru_cache(maxsize=MOST_KNOWN)
def _symbols_in(expr: sp.Basic) -> tuple[Ref, ...]:
    """Every symbol in an expression, with indices or without, in a fixed order."""
    return tuple(sorted(expr.atoms(sp.Indexed, sp.Symbol), key=str))
