"""Policy instruments: one file each, freely combined in a scenario.

An instrument is a table of the scenario file. For a year and the baseline of that year it gives parameters that
fill the wedge slots of the equations, and names the equations it activates; it never rewrites an equation.
Every file of this folder is read; other packages bring theirs by an entry point of the group ``cge.instruments``.
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from cge.policies.base import REGISTRY, Facts, Instrument, PolicyError
from cgebase.messages import message

__all__ = ["Facts", "Instrument", "PolicyError", "instruments"]

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")


def instruments() -> dict[str, type[Instrument]]:
    """Every instrument by table, in the order in which they give their parameters."""
    _load_others()
    return dict(sorted(REGISTRY.items(), key=lambda entry: (entry[1].last, entry[0])))


@cache
def _load_others() -> None:
    for point in entry_points(group="cge.instruments"):
        try:
            point.load()
        except (ImportError, AttributeError) as error:
            raise PolicyError(message("CGE593", name=point.name, place=point.value, said=error)) from error
