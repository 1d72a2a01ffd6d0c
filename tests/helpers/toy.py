"""Two provinces small enough to write every equation out by hand, and the writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cge.language.algebra import Statement
from cge.language.expand import Expansion
from cge.theory.chapters import THEORY
from cge.theory.closures import OF_COUNTRY, SWAPPED

STATED = {"definitions": THEORY.definitions, "equations": THEORY.equations, "accounts": THEORY.accounts}
GOLDEN = Path(__file__).parents[1] / "theory" / "golden"
SETS = {
    "r": ("N", "S"),
    "c": ("coal", "cars", "grid"),
    "a": ("mine", "plant", "coalpower", "wind"),
    "h": ("all",),
    "m": ("one", "two"),
    "i": ("mining", "making"),
    "n": ("land",),
}
MINE, PLANT, COALPOWER, WIND = range(4)
COAL, CARS, GRID = range(3)


def _on(*shape: int, off: tuple[tuple[int | slice, ...], ...] = ()) -> np.ndarray:
    out = np.ones(shape)
    for cell in off:
        out[cell] = 0.0
    return out


def masks() -> dict[str, np.ndarray]:
    """Every number that decides where an equation or a term exists.

    The mine digs coal with a resource in N only; the plant makes cars everywhere; wind has a site. Coal is burnt
    in the plant's fuel nest and in coal power; cars are a material; grid power enters the energy nest. S imports
    cars. N exports coal. Goods between the two provinces ride in cars. Market `one` holds both provinces, `two` none.
    Cars are a material that drifts, grid power the electricity of homes.
    A line of limited capacity leads from N to S. The plant and coal power capture, the latter up to a ceiling; grid
    power replaces displaced coal of the plant and of homes and is what capture takes. The plant's output has a limit
    in N, coal power and wind one together in both provinces; capture has one of all.
    """
    every = slice(None)
    zero = np.zeros((3, 4, 2))
    top, ene, fue = zero.copy(), zero.copy(), zero.copy()
    top[CARS, :, :], top[COAL, COALPOWER, :] = 1.0, 1.0
    ene[GRID, :2, :] = 1.0
    fue[COAL, PLANT, :] = 1.0
    eps_top, eps_fue = zero.copy(), zero.copy()
    eps_top[COAL, COALPOWER, :], eps_fue[COAL, PLANT, :] = 1.0, 1.0
    households = _on(3, 1, 2)
    burnt = np.zeros((3, 1, 2))
    burnt[COAL] = 1.0
    here = _on(4, 2, off=((MINE, 1),))
    power = np.array([0.0, 0.0, 1.0, 1.0])[:, None] * here
    sites = _on(4, 2, off=((PLANT,), (COALPOWER,), (MINE, 1)))
    carrier, taken = zero.copy(), zero.copy()
    carrier[GRID, PLANT, :] = 1.0
    taken[GRID, PLANT:WIND, :] = 1.0
    return {
        "act": here, "gen": power, "sector": here - power, "res": sites,
        "make": np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]), "busbar": np.array([0.0, 0, 1]),
        "goods": np.array([1.0, 1, 0]), "made": _on(3, 2, off=((COAL, 1),)), "used": _on(3, 2),
        "theta_c_top": top * here, "theta_c_ene": ene * here, "theta_c_fue": fue * here,
        "eps_top": eps_top, "eps_ene": zero, "eps_fue": eps_fue, "epsh": burnt,
        "theta_labour": here, "theta_capital": here, "theta_resource": sites,
        "net0": _on(2, 2, off=((1, 0),)), "thm": _on(3, 2, off=((COAL,), (GRID,), (CARS, 0))),
        "thd": _on(3, 2, 2, off=((COAL, 1, every), (GRID,))), "e0": _on(3, 2, off=((CARS,), (GRID,), (COAL, 1))),
        "qh0": households, "the": _on(3, 1, 2, off=((CARS,),)),
        "beta": _on(3, 1, 2, off=((COAL,), (GRID,))), "qmin": _on(3, 1, 2, off=((COAL,), (GRID,))),
        "g0": _on(3, 2, off=((COAL,), (GRID,))), "isc": _on(3, 2, off=((COAL,), (GRID,))),
        "qmg0": np.ones(2), "grid": np.ones(2), "em0": np.ones(2), "burns": np.ones(2),
        "carries": np.array([0.0, 1, 0]),
        "mg": _on(3, 2, 2, off=((COAL, 1, every), (GRID,), (every, 0, 0), (every, 1, 1))),
        "member": np.array([[1.0, 1], [0, 0]]), "market": np.array([1.0, 0]), "rps": np.array([1.0, 0]),
        "rmax": np.array([0.0, 1]), "stmax": np.array([1.0, 0]),
        "displaces": np.array(1.0), "ccs": np.array([0.0, 1, 1, 0]),
        "cmax": np.array([0.0, 0, 1, 0]), "capuse": taken, "pack": carrier,
        "wms": fue + carrier, "wmsh": np.array([[1.0, 1], [0, 0], [1, 1]]),
        "swaph": burnt, "packh": np.array([0.0, 0, 1]),
        "qof": np.array([[0.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]),
        "qin": _on(4, 2, 2, off=((MINE,), (WIND,), (PLANT, 1))), "qlim": np.array([[0.0, 0], [1, 0], [0, 1], [0, 0]]),
        "qfor": _on(4, 2, off=((MINE,),)), "kof": np.array([[0.0, 0], [1, 0], [1, 0], [0, 0]]), "kin": _on(2, 2),
        "klim": np.array([1.0, 0]), "kfor": _on(4, 2, off=((MINE,), (WIND,))),
        "kshr": here, "lmax": np.array([[0.0, 1], [0, 0]]),
        "ina": np.array([[1.0, 0], [0, 1], [0, 0], [0, 0]]), "inc": np.array([[0.0, 0], [0, 1], [0, 0]]),
        "inn": np.ones(2), "mat": np.array([0.0, 1, 0]), "elc": np.array([0.0, 0, 1]),
        "home": _on(1, 2), "abroad": np.array(1.0), "closed": np.array(1.0),
        **{f"on_{e}": np.ones(1 if e in OF_COUNTRY else 2) for e in SWAPPED},
        "tout": here,
        "qold": here, "cold_ene": ene * here, "cold_fue": fue * here,
    }  # fmt: skip


def written(statement: Statement) -> str:
    """A statement written out for the first and, where another follows, the last of its cells."""
    toy = Expansion(THEORY, SETS, masks())
    cells = list(toy.cells(statement.over, statement.where, {}))
    sign = "0" if statement.kind == "equation" else statement.variable
    lines = [f"{statement.kind} {statement.name}, {len(cells)} cells"]
    for at in (cells[0], cells[-1])[: min(2, len(cells))]:
        labels = ", ".join(toy.labels(statement, at))
        if statement.kind == "equation":
            lines.append(f"  at [{labels}], determines {statement.variable}; scale {toy.text(statement.scale, at)}")
        left = sign if statement.kind == "equation" or not labels else f"{sign}[{labels}]"
        lines.append(f"  {left} = {toy.text(statement.expr, at)}")
    return "\n".join(lines) + "\n"


def renew() -> None:
    """Write the golden texts anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, statements in STATED.items():
        text = "\n".join(written(s) for s in statements.values())
        (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()
