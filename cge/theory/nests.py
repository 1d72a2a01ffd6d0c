"""Production nest trees as data: a nest names its parent, its inputs and its elasticity.

The default tree is that of the C-REM and EPPA families: materials in fixed proportion to a bundle of
value added and energy. A new nest is one line of :data:`NESTS`; calibration and equations read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Nest:
    """One CES nest of the production tree.

    Parameters
    ----------
    name, label : str
        Key in equations and parameter names; words for people.
    parent : str or None
        Nest that this one is an input of; ``None`` for the unit cost itself.
    factors : tuple of str
        Primary factors that enter here (``labour``, ``capital``, ``resource``).
    commodities : bool
        Whether commodities may enter here.
    gain : str
        Variable or parameter that holds how many units of the bundle one unit of its CES aggregate gives; one if empty.
    saved : bool
        Whether energy efficiency moves share from this nest to its siblings at constant cost.
    clay : bool
        Whether old equipment makes the bundle too, from the inputs below it in fixed proportions; closure ``vintage``.
    electric : bool
        Whether its commodities are electricity, whose share grows as that of its siblings falls.
    local : bool
        Whether its elasticity differs between provinces.
    """

    name: str
    label: str
    parent: str | None
    factors: tuple[str, ...] = ()
    commodities: bool = False
    gain: str = ""
    saved: bool = False
    clay: bool = False
    electric: bool = False
    local: bool = False


#: Parents before children.
NESTS: tuple[Nest, ...] = (
    Nest("cost", "unit cost", None, factors=("resource",), local=True),
    Nest("top", "materials and KLE bundle", "cost", commodities=True, gain="burn"),
    Nest("kle", "value added and energy", "top", clay=True),
    Nest("va", "value added", "kle", factors=("labour", "capital"), gain="TFV"),
    Nest("ene", "energy bundle", "kle", commodities=True, gain="save", saved=True, electric=True),
    Nest("fue", "fuel bundle", "ene", commodities=True),
)
BY_NAME = {n.name: n for n in NESTS}


def children(name: str) -> tuple[Nest, ...]:
    """Nests whose parent is ``name``."""
    return tuple(n for n in NESTS if n.parent == name)


def _below(name: str) -> tuple[Nest, ...]:
    return tuple(k for n in children(name) for k in (n, *_below(n.name)))


#: The bundle that old equipment makes too, and the nests whose commodities it uses.
CLAY = next(n for n in NESTS if n.clay)
CLAY_INPUTS = tuple(n for n in _below(CLAY.name) if n.commodities)


#: Nest that an energy commodity enters; every other commodity is a material of ``top``.
ENERGY_LEAVES = {
    "ely": "ene",
    "hea": "fue",
    "coa": "fue",
    "cok": "fue",
    "oil": "fue",
    "gas": "fue",
    "nga": "fue",
    "gsu": "fue",
    "crg": "fue",
}
#: Nest where fuel is burnt outside generation.
FUEL_NEST = "fue"
#: Nests whose fuel is burnt: `top` holds that of generation.
BURNING = tuple(n for n in NESTS if n.name in ("top", FUEL_NEST))
#: Energy that is feedstock, own use or generation fuel: in fixed proportion, untouched by efficiency.
FEEDSTOCK = frozenset(
    {
        ("coa", "cok"),
        ("coa", "oil"),
        ("crg", "oil"),
        ("oil", "oil"),
        ("oil", "chm"),
        ("coa", "coa"),
        ("gas", "gas"),
        ("nga", "nga"),
        ("nga", "gsu"),
        ("gsu", "gsu"),
        ("crg", "crg"),
        ("cok", "cok"),
    }
)
#: Carriers of the household energy service.
HOUSEHOLD_ENERGY = tuple(ENERGY_LEAVES)


def leaf_nest(commodity: str, activity: str, *, generation: bool) -> str:
    """Nest of the production tree that ``commodity`` enters in ``activity``."""
    if generation or (commodity, activity) in FEEDSTOCK:
        return "top"
    return ENERGY_LEAVES.get(commodity, "top")
