"""Multi-region computable general equilibrium model of the Chinese provinces.

What `import cge` offers is named in ``__all__`` and described in ``docs/api.md``; it is loaded when first used.
Instruments are offered under their tables as they register themselves, those of other packages too.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

_PLACES = {
    "cge.api.base": ("baseline", "Base", "run"),
    "cge.api.results": ("Results", "load_results"),
    "cge.study.scenario": ("load_study", "Study"),
    "cge.api.instruments": ("cap",),
    "cge.policies": ("Instrument",),
    "cge.language.algebra": ("Theory", "total"),
    "cge.language.closure": ("Closure",),
    "cge.language.matrix": ("read_matrix",),
    "cge.language.forms": ("Input", "unit_cost", "demand"),
    "cge.language.walras": ("drop_market",),
    "cge.blocks.economy": ("Blocks",),
    "cge.blocks.tree": ("Flow", "Nest", "Tax"),
    "cge.solve.system": ("System", "Solution"),
    "cge.solve.integrals": ("path_integral", "PathIntegral"),
    "cge.solve.tables": ("compare", "beside"),
    "cgebase.errors": ("CGEError",),
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _PLACE:
        return getattr(import_module(_PLACE[name]), name)
    if name == "__all__":
        return [*_PLACE, *sorted(_instruments())]
    if name.startswith("_") or find_spec(f"{__name__}.{name}") is not None or name not in _instruments():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("cge.api.instruments").function(name)


def __dir__() -> list[str]:
    return sorted(__getattr__("__all__"))


def _instruments() -> set[str]:
    """Tables of the instruments there are that no other name takes."""
    return set(import_module("cge.policies").instruments()) - set(_PLACE)
