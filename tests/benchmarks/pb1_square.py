"""PB-1 as general modelling tools take it: one square system of scalar equations, solved by Pyomo or CasADi.

    python tests/benchmarks/pb1_square.py 31 20 pyomo-ipopt

prints one line of JSON. The equations are written once over arrays of objects, so Pyomo variables and CasADi symbols
both fit. Caps are equalities with prices at or above zero, as both caps of the benchmark bind. Needs `pip install
casadi pyomo`; for Pyomo also an IPOPT executable: Debian's `coinor-ipopt` (trixie and later), conda-forge's `ipopt`,
or the path of one in the variable IPOPT.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pb1_economies import given

from cgebase.arrays import Array

MATRICES = ("P", "KLE", "KL", "PE", "PM", "PI", "PA", "Y", "A")
CORE = ("P", "Y", "w", "rk", "tau")
VECTORS = ("w", "rk", "tau", "SN", "GE", "INV")
CAPS = (0.7, 0.65)
LOWEST = 1e-3
"""Lower bound of every variable but permit prices, whose bound is 0."""
TOLERANCE = 1e-10


def residuals(raw: dict[str, Any], v: dict[str, Array], cap: Array, shared: Callable[[Array], Array]) -> list[Array]:
    """Equations e0 to e14 of the problem.

    Parameters
    ----------
    raw : dict
        Arrays of a balanced economy.
    v : dict of str to ndarray of objects
        Unknowns, (regions, goods) or (regions,).
    cap : ndarray of objects
        Share of benchmark emissions, by region.
    shared : callable
        Marks terms that many equations use, so that the tool evaluates them once.
    """
    n, e = raw["R"], raw["nE"]
    sT, sKLE, sKL, sE, sM, sA, sI = (raw[k] for k in ("sT", "sKLE", "sKL", "sE", "sM", "sA", "sI"))
    P, KLE, KL, PE, PM, PI, PA, Y, A = (v[k] for k in MATRICES)
    w, rk, tau, SN, GE, INV = (v[k] for k in VECTORS)
    phi, own = raw["phi"], np.einsum("rri->ri", raw["T0"])
    away = 1 - np.eye(n)[:, :, None]

    def ces(share: Array, first: Array, second: Array, sigma: Array) -> Array:
        return (share * first ** (1 - sigma) + (1 - share) * second ** (1 - sigma)) ** (1 / (1 - sigma))

    def nest(share: Array, price: Array, sigma: Array) -> Array:
        """Price of a nest of users, (regions, inputs, users)."""
        return (share * price[:, :, None] ** (1 - sigma)).sum(1) ** (1 / (1 - sigma))

    PU = shared(PA + tau[:, None] * phi)
    produced = shared(Y * (P / KLE) ** sT * (KLE / PE) ** sKLE * PE**sE)
    stuff = shared(Y * (P / PM) ** sT * PM**sM)
    factors = shared(Y * (P / KLE) ** sT * (KLE / KL) ** sKLE * KL**sKL)
    imported = shared(A * PA**sA * PI ** (sI - sA))
    fuel = (raw["X0"][:, :e] * produced[:, None] * PU[:, :e, None] ** -sE).sum(2)
    other = (raw["X0"][:, e:] * stuff[:, None] * PU[:, e:, None] ** -sM).sum(2)
    final = (raw["beta"] * raw["SN0"][:, None] * SN[:, None] + raw["G0"] * GE[:, None]) / PU + raw["gam"]
    sold = (raw["T0"] * away * imported[None]).sum(1) * P**-sI + own * A * (PA / P) ** sA
    earned = w * raw["Lbar"] + rk * raw["Kbar"]
    emitted = (phi * raw["A0"] * A).sum(1)
    income = (1 - raw["td"]) * earned + tau * emitted
    labour = (raw["L0"] * factors * w[:, None] ** -sKL).sum(1) / raw["Lbar"] - 1
    labour[0] = w[0] - 1
    taxes = (raw["ty"] * raw["VY0"] * P * Y).sum(1)
    return [
        ces(raw["thKLE"], KLE, PM, sT) - P,
        ces(raw["thKL"], KL, PE, sKLE) - KLE,
        ces(raw["thL"], w[:, None], rk[:, None], sKL) - KL,
        nest(raw["thE"], PU[:, :e], sE) - PE,
        nest(raw["thM"], PU[:, e:], sM) - PM,
        (raw["thI"] * P[:, None] ** (1 - sI)).sum(0) ** (1 / (1 - sI)) - PI,
        ces(raw["thD"], P, PI, sA) - PA,
        sold / raw["VY0"] - Y,
        (np.concatenate([fuel, other], axis=1) + final + raw["I0"] * INV[:, None]) / raw["A0"] - A,
        labour,
        (raw["K0"] * factors * rk[:, None] ** -sKL).sum(1) / raw["Kbar"] - 1,
        cap - emitted / raw["CO20"],
        ((1 - raw["mps"]) * income - (PU * raw["gam"]).sum(1)) / raw["SN0"] - SN,
        (raw["td"] * earned + taxes) / raw["GE0"] - GE,
        (raw["mps"] * income + raw["FSAV"] - INV * (raw["I0"] * PU).sum(1)) / raw["INV0"],
    ]


def unknowns(raw: dict[str, Any], flat: list[Any]) -> dict[str, Array]:
    """Objects by name, shaped (regions, goods) and (regions,)."""
    n, m = raw["R"], raw["S"]
    out, at = {}, 0
    for names, shape in ((MATRICES, (n, m)), (VECTORS, (n,))):
        for k in names:
            table = np.empty(shape, object)
            for cell in np.ndindex(shape):
                table[cell], at = flat[at], at + 1
            out[k] = table
    return out


def _repeated(thing: Any, n: int) -> Array:
    out = np.empty(n, object)
    out[:] = [thing] * n
    return out


def starts(raw: dict[str, Any]) -> tuple[Array, Array]:
    """Benchmark values and lower bounds of all unknowns, flat."""
    first = unknowns(raw, [1.0] * (9 * raw["R"] * raw["S"] + 6 * raw["R"]))
    first["tau"][:] = 0.0
    lowest = {k: np.full(t.shape, 0.0 if k == "tau" else LOWEST) for k, t in first.items()}
    return tuple(np.concatenate([t.astype(float).ravel() for t in d.values()]) for d in (first, lowest))


Solve = Callable[[float], Array]
"""Solves at a cap from where the last solve ended; gives the unknowns."""


def pyomo_ipopt(raw: dict[str, Any], options: dict[str, Any]) -> Solve:
    """A model of scalar constraints; each solve writes it out, runs IPOPT and reads the answer."""
    import pyomo.environ as pe

    start, lowest = starts(raw)
    model = pe.ConcreteModel()
    model.at = pe.RangeSet(0, len(start) - 1)
    model.x = pe.Var(model.at, initialize=dict(enumerate(start)), bounds=lambda _, k: (float(lowest[k]), None))
    model.cap = pe.Param(mutable=True, initialize=1.0)
    model.shared = pe.Expression(pe.Any)

    def shared(table: Array) -> Array:
        named = np.empty(table.shape, object)
        for k in np.ndindex(table.shape):
            name = len(model.shared)
            model.shared[name] = table[k]
            named[k] = model.shared[name]
        return named

    v, cap = unknowns(raw, list(model.x.values())), _repeated(model.cap, raw["R"])
    rows = [f for block in residuals(raw, v, cap, shared) for f in block.flat]
    model.rows = pe.Constraint(model.at, rule=lambda _, k: rows[k] == 0)
    model.nothing = pe.Objective(expr=0.0)
    solver = pe.SolverFactory("ipopt", executable=ipopt())
    for name, value in options.items():
        solver.options[name] = value

    def solve(share: float) -> Array:
        model.cap.set_value(share)
        pe.assert_optimal_termination(solver.solve(model))
        return np.array([x.value for x in model.x.values()])

    return solve


def ipopt() -> str:
    """Path of the IPOPT executable that Pyomo runs."""
    found = os.environ.get("IPOPT") or shutil.which("ipopt")
    if not found:
        raise ModuleNotFoundError("no IPOPT executable: install Debian's coinor-ipopt or set the variable IPOPT")
    return found


def casadi(raw: dict[str, Any], options: dict[str, Any] | None) -> Solve:
    """One expression graph; IPOPT inside the process, or CasADi's sparse Newton where there are no ``options``."""
    import casadi as ca

    start, lowest = starts(raw)
    x, cap = ca.SX.sym("x", len(start)), ca.SX.sym("cap")
    blocks = residuals(raw, unknowns(raw, ca.vertsplit(x)), _repeated(cap, raw["R"]), lambda table: table)
    rows = ca.vertcat(*(f for block in blocks for f in block.flat))
    if options is None:
        rules = {"abstol": TOLERANCE, "linear_solver": "csparse", "line_search": True}
        find = ca.rootfinder("find", "newton", {"x": x, "p": cap, "g": rows}, rules)
    else:
        rules = {"print_time": 0, "ipopt": options | {"print_level": 0}}
        find = ca.nlpsol("find", "ipopt", {"x": x, "p": cap, "f": 0, "g": rows}, rules)
    at = start

    def solve(share: float) -> Array:
        nonlocal at
        bounds = {} if options is None else {"lbx": lowest, "lbg": 0, "ubg": 0}
        found = find(x0=at, p=share, **bounds)
        if not find.stats()["success"]:
            raise RuntimeError(f"CasADi found no solution at a cap of {share}")
        at = np.array(found["x"]).ravel()
        return at

    return solve


IPOPT = {"tol": TOLERANCE, "max_iter": 200}
QUASI = IPOPT | {"hessian_approximation": "limited-memory"}
METHODS: dict[str, Callable[[dict[str, Any]], Solve]] = {
    "pyomo-ipopt": lambda raw: pyomo_ipopt(raw, IPOPT),
    "pyomo-ipopt-lm": lambda raw: pyomo_ipopt(raw, QUASI),
    "casadi-ipopt": lambda raw: casadi(raw, IPOPT),
    "casadi-ipopt-lm": lambda raw: casadi(raw, QUASI),
    "casadi-newton": lambda raw: casadi(raw, None),
}


def run(raw: dict[str, Any], method: str) -> dict[str, Any]:
    """Seconds of set-up, of the cold and of the warm solve, and the core of the cold solution."""
    begin = time.perf_counter()
    try:
        solve = METHODS[method](raw)
    except ModuleNotFoundError as missing:
        raise SystemExit(f"skipped: {missing}") from None
    times, found = [time.perf_counter() - begin], []
    for share in CAPS:
        begin = time.perf_counter()
        found.append(unknowns(raw, list(solve(share))))
        times.append(time.perf_counter() - begin)
    peak = max(resource.getrusage(k).ru_maxrss for k in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "deriv_s": times[0], "solve_s": times[1], "resolve_s": times[2], "rss_mb": peak / 1024,
        "core": {k: [float(x) for x in found[0][k].flat] for k in CORE},
    }  # fmt: skip


def main() -> None:
    """Print what one method takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regions", type=int)
    parser.add_argument("goods", type=int)
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--reference", type=Path, help="folder with gen.py; without it the problem is of our drawing")
    asked = parser.parse_args()
    print(json.dumps(run(given(asked.regions, asked.goods, asked.reference), asked.method)))


if __name__ == "__main__":
    main()
