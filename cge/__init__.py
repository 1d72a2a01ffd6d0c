"""Multi-region computable general equilibrium model of the Chinese provinces.

What `import cge` offers is named in ``__all__`` and described in ``docs/api.md``; it is loaded when first used.
"""

from importlib import import_module
from typing import Any

_PLACES = {
    "cge.api.base": ("baseline", "Base", "run"),
    "cge.api.results": ("Results", "load_results"),
    "cge.study.scenario": ("load_study", "Study"),
    "cge.api.instruments": (
        "cap", "tax", "intensity", "standard", "coverage", "revenue", "border", "foreign_levy", "renewables", "subsidy",
        "efficiency", "network", "storage", "transfers", "sinks", "removals", "output", "generation", "capture",
    ),
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
}  # fmt: skip
_PLACE = {name: place for place, names in _PLACES.items() for name in names}
__all__ = list(_PLACE)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
