"""Begin an economy folder from a table of another country: codes, income side, emissions; every guess with its weight.

A social accounting matrix must have the accounts of :mod:`sam.accounts`. A multi-region input-output table is split
into the regions that make up the economy and all others, which become abroad; what it lacks of incomes follows from the
shipped table of China, by the sector that each of its sectors is like.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.errors import SAMError
from cgebase.messages import Message, joined, listed, message, near
from sam.accounts import KINDS, parse
from sam.economy import Economy, empty_table, load_economy
from sam.folder import MANIFEST, write_folder
from sam.formats.moneyunits import parse_unit
from sam.formats.world import load_world
from sam.groups import FACTORS
from sam.matrix import SAM
from sam.own import BUILD, LIKE, is_code
from sam.tables import MAPPINGS

HOME = "homes"
"""The one household of an economy made of an input-output table."""
FINAL = {
    "hh": ("household", "npish", "non-profit", "nonprofit", "private cons", "居民"),
    "gov": ("government", "政府", "public cons"),
    "inv": ("capital formation", "inventor", "valuables", "invest", "stock", "资本形成", "存货"),
    "row": ("export", "出口"),
}  # fmt: skip
"""Words of a category of final demand; the first kind with a word in it."""
INCOME = {
    "tax": ("tax", "subsid", "税"), "labour": ("compensation", "labour", "labor", "wage", "employ", "劳动"),
    "capital": ("surplus", "capital", "profit", "折旧", "盈余"),
}  # fmt: skip
"""Words of a row of value added."""
TONNES = {"kg": 1e-9, "t": 1e-6, "kt": 1e-3, "gg": 1e-3, "mt": 1.0, "tg": 1.0}
"""Mt in a unit of emissions."""
SMALL = 1e-9
"""Part of an industry's output below which a gap is rounding."""


@dataclass(frozen=True)
class Guess:
    """What a table does not say.

    Parameters
    ----------
    what, taken : str
        What was guessed, and as what.
    weight : float
        Share of output, final demand or emissions that hangs on it.
    """

    what: str
    taken: str
    weight: float


@dataclass(frozen=True)
class Begun:
    """An economy as it will stand in its folder."""

    sam: SAM
    emissions: pd.DataFrame
    regions: Sequence[str]
    sectors: Mapping[str, tuple[str, str]]
    households: Sequence[str]
    guesses: Sequence[Guess]
    nations: Mapping[str, str]
    """Country of every region; empty where all are of one."""


@dataclass(frozen=True)
class Money:
    """What a unit of currency is worth: CNY of 2021, and who says so."""

    cny: float
    source: str


def of_matrix(sam: SAM, emissions: pd.DataFrame | None) -> Begun:
    """An economy of a square table whose accounts read ``kind:item:region``.

    Raises
    ------
    SAMError
        Accounts of another form, or several.
    """
    accounts = sam.accounts
    strange = [n for n in accounts.index if parse(n).kind not in KINDS]
    made = list(dict.fromkeys(accounts.loc[accounts["kind"] == "act", "item"]))
    sold = list(dict.fromkeys(accounts.loc[accounts["kind"] == "com", "item"]))
    faults = [message("SAM217", account=n) for n in strange]
    faults += [message("SAM218", code=c) for c in sorted(set(made) ^ set(sold))]
    factors = sorted(set(accounts.loc[accounts["kind"] == "fac", "item"]) - set(FACTORS))
    faults += [message("SAM219", factor=f, known=listed(FACTORS)) for f in factors]
    _refuse(faults)
    output = sam.cells[sam.cells["row"].str.startswith("act:")]
    weight = output.groupby(output["row"].str.split(":").str[1])["value"].sum() / output["value"].sum()
    sectors, guesses = _sectors({c: c for c in sold}, weight.to_dict())
    regions = [r for r in dict.fromkeys(accounts.loc[accounts["kind"] == "com", "region"]) if r]
    homes = list(dict.fromkeys(accounts.loc[accounts["kind"] == "hh", "item"]))
    table = empty_table("emissions") if emissions is None else emissions
    return Begun(sam, table, regions, sectors, homes, guesses, _nations_of(sam))


def _nations_of(sam: SAM) -> dict[str, str]:
    """Country of every region, by the pool of saving that its investment is paid from."""
    paid = sam.cells[sam.cells["row"].str.startswith("inv:") & sam.cells["column"].str.startswith("sav:")]
    return {parse(row).region: parse(pool).region for row, pool in zip(paid["row"], paid["column"], strict=True)}


def _refuse(faults: Sequence[Message]) -> None:
    if faults:
        raise SAMError(joined(message("SAM220", count=len(faults)), faults))


@lru_cache(maxsize=1)
def _words() -> tuple[tuple[str, str], ...]:
    with (MAPPINGS / "words_to_cn30.csv").open(encoding="utf-8", newline="") as lines:
        return tuple((row["word"], row["cn30"]) for row in csv.DictReader(lines))


def _sectors(names: Mapping[str, str], weight: Mapping[str, float]) -> tuple[dict[str, tuple[str, str]], list[Guess]]:
    """Name of every sector and the code of the shipped tables that it is like, by words in its name."""
    out, guesses = {}, []
    for code, name in names.items():
        low = name.lower()
        like = code if code in LIKE else next((to for word, to in _words() if word in low), "")
        if like != code:
            guesses.append(Guess(f"sectors.{code}.like ({name})", like or "bus", float(weight.get(code, 0.0))))
        out[code] = (name, like or "bus")
    return out, guesses


@lru_cache(maxsize=1)
def _shares_of_china() -> pd.DataFrame:
    """Parts of factors in value added less net production taxes of every sector of the shipped table, by sector."""
    economy: Economy = load_economy(BUILD)
    cells = economy.sam.cells
    paid = cells[cells["row"].str.startswith("fac:") & cells["column"].str.startswith("act:")]
    table = paid.groupby([paid["column"].str.split(":").str[1], paid["row"].str.split(":").str[1]])["value"].sum()
    wide = table.unstack(fill_value=0.0)[list(FACTORS)]
    return wide.div(wide.sum(axis=1), axis=0)


def of_world(
    path: Path, *, table: str | None, year: int | None, regions: Sequence[str], countries: str | None,
    emissions: str | None, unit: str | None,
) -> Begun:  # fmt: skip
    """An economy of the named regions of a table that pymrio reads; every other region is abroad.

    Parameters
    ----------
    regions : sequence of str
        One at least; where all are named nothing is abroad.
    countries : str, optional
        Country of every region, ``NORTH=A,B;SOUTH=C``, or ``own``; one where it is left out.
    emissions : str, optional
        Row of an extension that holds CO2; that with CO2 in its name where it is left out.
    unit : str, optional
        Of the values, where the table does not say.

    Raises
    ------
    SAMError
        The table cannot be read, or cannot be an economy: all faults.
    """
    return load_world(
        path, table, year, lambda system: _of_system(path, system, year, list(regions), countries, emissions, unit)
    )


def _of_system(
    path: Path, system: Any, year: int | None, regions: list[str], countries: str | None, emissions: str | None,
    unit: str | None,
) -> Begun:  # fmt: skip
    flows, demand = system.Z, system.Y.reindex(system.Z.index)
    there = list(dict.fromkeys(str(r) for r, _ in flows.index))
    lost = [r for r in regions if r not in there]
    if lost or not regions:
        hint = near(lost[0], there) if lost else ""
        raise SAMError(message("SAM221", found=listed(regions) or message("none"), near=hint, known=listed(there)))
    if year is None:
        raise SAMError(message("SAM127.year", file=path.name))
    said = str(system.unit["unit"].iloc[0]) if system.unit is not None else ""
    money = parse_unit(unit or said)
    if money is None:
        raise SAMError(message("SAM365", found=unit or said, known="1e6 USD, Mill USD, 1e8 CNY"))
    names = list(dict.fromkeys(str(s) for _, s in flows.index))
    codes = dict(zip(names, _codes(names, "s"), strict=True))
    places = dict(zip(regions, _codes(regions, "r"), strict=True))
    nations = _nations(countries, places)
    builder = _Income(flows, demand, system, codes, places)
    cells = builder.cells(nations)
    made, guesses = _sectors({codes[n]: n for n in names}, builder.weights())
    tonnes, more = builder.tonnes(emissions, made)
    text = f"{money[0]:g} {money[1]}".replace("e+0", "e").replace("e+", "e")
    sam = SAM(cells, text, year, sources=(f"{path.name}, read by pymrio",),
              history=(f"regions {', '.join(regions)} of {len(there)}; all others are abroad",))  # fmt: skip
    return Begun(sam, tonnes, list(places.values()), made, [HOME], [*guesses, *builder.guesses(made), *more], nations)


def _nations(told: str | None, places: Mapping[str, str]) -> dict[str, str]:
    """Country of every region, by code, as ``--countries`` says; empty where all are of one.

    Raises
    ------
    SAMError
        A region stands in no country or in two, or a code is none.
    """
    if told is None:
        return {}
    if told == "own":
        return {code: code for code in places.values()} if len(places) > 1 else {}
    groups = [part.partition("=") for part in told.split(";") if part.strip()]
    of = [(name.strip(), code.strip()) for code, _, names in groups for name in names.split(",")]
    if sorted(n for n, _ in of) != sorted(places) or not all(is_code(c) for _, c in of):
        raise SAMError(message("SAM221.countries", given=told, known=listed(places)))
    return {places[name]: code for name, code in of} if len({c for _, c in of}) > 1 else {}


def _codes(names: Sequence[str], letter: str) -> list[str]:
    """Codes that are short and told apart; a name that is a code stays."""
    if all(is_code(n) for n in names):
        return list(names)
    return [f"{letter}{k:02d}" for k in range(1, len(names) + 1)]


class _Income:
    """The parts of a table of the economy's regions and what they buy abroad, with the incomes that it lacks."""

    def __init__(
        self, flows: pd.DataFrame, demand: pd.DataFrame, system: Any, codes: Mapping[str, str],
        places: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.codes, self.places, self.system = codes, places, system
        n, m = len(codes), len(places)
        row_of = {s: k for k, s in enumerate(codes)}
        home = {r: k for k, r in enumerate(places)}
        origin = np.array([home.get(str(r), -1) for r, _ in flows.index])
        good = np.array([row_of[str(s)] for _, s in flows.index])
        kinds = [next((k for k, words in FINAL.items() if any(w in str(c).lower() for w in words)), "")
                 for _, c in demand.columns]  # fmt: skip
        unknown = sorted({str(c) for (_, c), k in zip(demand.columns, kinds, strict=True) if not k})
        _refuse([message("SAM222", category=c) for c in unknown])
        buyer = np.array([home.get(str(r), -1) for r, _ in demand.columns])
        z, y = flows.to_numpy(float), demand.to_numpy(float)
        self.use = np.zeros((n, n, m))
        self.final = {k: np.zeros((n, m)) for k in ("hh", "gov", "inv")}
        self.sold = np.zeros((n, m, m))
        self.imports, self.exports = np.zeros((n, m)), np.zeros((n, m))
        self.output = np.zeros((n, m))
        columns = [*((origin[j], "act", good[j], z[:, j]) for j in range(len(origin))),
                   *((buyer[j], kinds[j], -1, y[:, j]) for j in range(len(buyer)))]  # fmt: skip
        for place, kind, user, bought in columns:
            at_home = place >= 0 and kind != "row"
            for i in np.flatnonzero(bought):
                value, o, c = bought[i], origin[i], good[i]
                if o >= 0:
                    self.output[c, o] += value
                if not at_home:
                    if o >= 0:
                        self.exports[c, o] += value
                    continue
                if kind == "act":
                    self.use[c, user, place] += value
                else:
                    self.final[kind][c, place] += value
                if o >= 0:
                    self.sold[c, o, place] += value
                else:
                    self.imports[c, place] += value
        self.origin, self.good = origin, good
        self.from_stocks = 0.0
        if self.imports.any():
            self._draw_stocks()
        self._check()

    def _draw_stocks(self) -> None:
        """Let goods that are taken out of stocks come from abroad: GDP stays, so does what everyone else buys."""
        drawn = np.maximum(-self.final["inv"], 0.0)
        self.final["inv"] += drawn
        self.imports += drawn
        self.from_stocks = float(drawn.sum())

    def _check(self) -> None:
        """What no economy can have."""
        goods, regions = list(self.codes.values()), list(self.places.values())
        faults = []
        for what, table in (*self.final.items(), ("row", self.exports), ("act", self.output)):
            for c, r in np.argwhere(table < 0):
                faults.append(message("SAM223", good=goods[c], region=regions[r], what=what, value=float(table[c, r])))
        for c, r in np.argwhere((self.output > 0) & (self.added() <= 0)):
            faults.append(message("SAM224", good=goods[c], region=regions[r], value=float(self.added()[c, r])))
        _refuse(faults)

    def added(self) -> Array:
        """Output less purchases, (c, r)."""
        return np.asarray(self.output - self.use.sum(0))

    def weights(self) -> dict[str, float]:
        """Share of every sector in output."""
        part = self.output.sum(1) / self.output.sum()
        return dict(zip(self.codes.values(), part.tolist(), strict=True))

    def _paid(self) -> dict[str, Array]:
        """Rows of value added that say what they are, (c, r), by kind; scaled so that none is above value added."""
        out: dict[str, Array] = {}
        for extension in self.system.get_extensions(data=True):
            if extension.F is None:
                continue
            for label, row in extension.F.iterrows():
                text = str(label).lower()
                if "value added" in text or "co2" in text:
                    continue
                units = extension.unit["unit"].get(label, "") if extension.unit is not None else ""
                kind = next((k for k, words in INCOME.items() if any(w in text for w in words)), "")
                if kind and parse_unit(str(units)) is not None:
                    out[kind] = out.get(kind, np.zeros_like(self.output)) + self._of_industries(row)
        return out

    def _of_industries(self, row: pd.Series) -> Array:
        """A row of an extension by sector and region of the economy, (c, r)."""
        out, values = np.zeros_like(self.output), row.to_numpy(float)
        here = self.origin >= 0
        np.add.at(out, (self.good[here], self.origin[here]), values[here])
        return out

    def _factors(self) -> tuple[Array, dict[str, Array]]:
        """Net production tax and payments to factors, (c, r), which add up to value added."""
        added, paid = self.added(), self._paid()
        made, _ = _sectors({code: name for name, code in self.codes.items()}, {})
        china = _shares_of_china()
        shares = {f: np.array([china.loc[made[c][1], f] for c in self.codes.values()])[:, None] for f in FACTORS}
        tax = np.minimum(paid.get("tax", np.zeros_like(added)), 0.9 * added) if "tax" in paid else np.zeros_like(added)
        left = added - tax
        if "labour" in paid and "capital" in paid:
            whole = paid["labour"] + paid["capital"]
            usual = np.broadcast_to(shares["labour"], left.shape).copy()
            labour = np.divide(paid["labour"], whole, out=usual, where=whole > 0)
            other = (1 - labour) / (shares["capital"] + shares["resource"])
            shares = {"labour": labour, **{f: other * shares[f] for f in ("capital", "resource")}}
        return tax, {f: left * np.broadcast_to(s, left.shape) for f, s in shares.items()}

    def cells(self, nations: Mapping[str, str]) -> pd.DataFrame:
        """Cells of the matrix: households own what is earned in their region, and pay what taxes leave to be paid.

        What a country saves beyond its investment it lends abroad, or to the others where nothing is abroad.
        """
        tax, factors = self._factors()
        goods, out = list(self.codes.values()), []
        short: dict[str, float] = {}
        for r, place in enumerate(self.places.values()):
            for c, code in enumerate(goods):
                act, com = f"act:{code}:{place}", f"com:{code}:{place}"
                out += [(act, com, self.output[c, r]), (f"tax:production:{place}", act, tax[c, r]),
                        ("row", com, self.imports[c, r]), (com, "row", self.exports[c, r]),
                        (com, f"hh:{HOME}:{place}", self.final["hh"][c, r]),
                        (com, f"gov:{place}", self.final["gov"][c, r]),
                        (com, f"inv:{place}", self.final["inv"][c, r])]  # fmt: skip
                out += [(f"com:{goods[k]}:{place}", act, self.use[k, c, r]) for k in range(len(goods))]
                out += [(f"fac:{f}:{place}", act, v[c, r]) for f, v in factors.items()]
                out += [(f"com:{code}:{o}", com, self.sold[c, k, r])
                        for k, o in enumerate(self.places.values()) if k != r]  # fmt: skip
            home = f"hh:{HOME}:{place}"
            paid = {f: float(v[:, r].sum()) for f, v in factors.items()}
            owned, taxes = paid["capital"] + paid["resource"], float(tax[:, r].sum())
            given = taxes - float(self.final["gov"][:, r].sum())
            lump = (home, f"gov:{place}", given) if given > 0 else (f"gov:{place}", home, -given)
            saved = paid["labour"] + owned + given - float(self.final["hh"][:, r].sum())
            invested = float(self.final["inv"][:, r].sum())
            pool, saving = (f"{name}:{nations[place]}" if nations else name for name in ("pool:capital", "sav"))
            out += [(home, f"fac:labour:{place}", paid["labour"]), (home, pool, owned),
                    (pool, f"fac:capital:{place}", paid["capital"]), (pool, f"fac:resource:{place}", paid["resource"]),
                    (f"gov:{place}", f"tax:production:{place}", taxes), lump,
                    (saving, home, saved), (f"inv:{place}", saving, invested)]  # fmt: skip
            short[saving] = short.get(saving, 0.0) + invested - saved
        if self.imports.any() or self.exports.any():
            out += [(to, "row", gap) if gap > 0 else ("row", to, -gap) for to, gap in short.items()]
        else:
            over = {of: -gap for of, gap in short.items() if gap < 0}
            whole = sum(over.values())
            out += [(to, of, gap * lent / whole) for to, gap in short.items() if gap > 0 for of, lent in over.items()]
        table = pd.DataFrame(out, columns=["row", "column", "value"])
        return table[table["value"] != 0].reset_index(drop=True)

    def guesses(self, made: Mapping[str, tuple[str, str]]) -> list[Guess]:
        """What of incomes was guessed, with its share of value added."""
        paid, out = self._paid(), []
        if "tax" not in paid:
            out.append(Guess("net taxes on production", "none: no row of the table is one", 1.0))
        if not {"labour", "capital"} <= set(paid):
            out.append(Guess("labour, capital, resource in value added", "as in what each is like, China 2021", 1.0))
        else:
            out.append(Guess("resource in capital income", "as in what each is like, China 2021", 1.0))
        tax, added = self._factors()[0], self.added()
        government = float(self.final["gov"].sum() - tax.sum()) / float(added.sum())
        out.append(Guess("income of government beyond taxes", "lump sum from households of the region", government))
        if self.from_stocks > 0:
            part = self.from_stocks / float(added.sum())
            out.append(Guess("goods taken out of stocks (final demand below zero)", "imports", part))
        out.append(Guess("owners of capital", "households of the region where it is earned", 1.0))
        return out

    def tonnes(self, named: str | None, made: Mapping[str, tuple[str, str]]) -> tuple[pd.DataFrame, list[Guess]]:
        """CO2 of industries, Mt, which a table has by industry and not by fuel: it moves with output.

        Raises
        ------
        SAMError
            The row that was named is not there, or its unit is no mass.
        """
        rows = []
        for extension in self.system.get_extensions(data=True):
            for label in [] if extension.F is None else extension.F.index:
                rows.append((" ".join(map(str, label)) if isinstance(label, tuple) else str(label), label, extension))
        if named is None:
            found = [x for x in rows if re.search(r"\bco2\b|carbon dioxide|二氧化碳", x[0].lower())]
        else:
            found = [x for x in rows if named.lower() in x[0].lower()]
            if not found:
                raise SAMError(message("SAM225", name=named, near=near(named, [x[0] for x in rows]),
                                       known=listed([x[0] for x in rows][:20])))  # fmt: skip
        goods, total, homes = list(self.codes.values()), np.zeros_like(self.output), 0.0
        for text, label, extension in found:
            unit = str(extension.unit.loc[label, "unit"]).strip() if extension.unit is not None else ""
            if unit.lower() not in TONNES:
                raise SAMError(message("SAM226", name=text, found=unit, known=listed(TONNES)))
            total += self._of_industries(extension.F.loc[label]) * TONNES[unit.lower()]
            direct = getattr(extension, "F_Y", None)
            if direct is not None:
                here = [str(r) in self.places for r, _ in direct.columns]
                homes += float(direct.loc[label].to_numpy(float)[here].sum()) * TONNES[unit.lower()]
        places = list(self.places.values())
        table = [(places[r], goods[c], "process", float(total[c, r])) for c, r in np.argwhere(total > 0)]
        guesses = []
        if found and named is None:
            guesses.append(Guess("emissions", f"rows with CO2 in their name: {'; '.join(x[0] for x in found)}", 1.0))
        if total.sum() > 0:
            guesses.append(Guess("carbon of fuels", "moves with output: the table has it by industry alone", 1.0))
        if homes > 0:
            part = homes / (homes + float(total.sum()))
            guesses.append(Guess("emissions of final demand", "left out: no fuel is known that they are of", part))
        return pd.DataFrame(table, columns=["region", "user", "carrier", "mt"]), guesses


def write(
    begun: Begun, folder: Path, *, code: str, money: Money, last_year: int, growth: Mapping[str, float], study: str
) -> Path:
    """Write the folder with its manifest, tables, guesses and first study, and read it again.

    Returns
    -------
    Path
        The study.
    """
    files: dict[str, pd.DataFrame | str] = {
        MANIFEST: manifest(begun, code=code, money=money, last_year=last_year, growth=growth),
        "sam.csv": begun.sam.cells, "emissions.csv": begun.emissions,
    }  # fmt: skip
    write_folder(folder, files)
    table = pd.DataFrame([vars(g) for g in begun.guesses], columns=["what", "taken", "weight"])
    (folder / "guesses.csv").write_text(table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")
    (folder / "study.toml").write_text(study, encoding="utf-8")
    return folder / "study.toml"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def manifest(begun: Begun, *, code: str, money: Money, last_year: int, growth: Mapping[str, float]) -> str:
    """The manifest as TOML."""
    sources, history = ([_quoted(t) for t in texts] for texts in (begun.sam.sources, begun.sam.history))
    lines = [
        "schema = 1", f"code = {_quoted(code)}", f"title = {{ en = {_quoted(code)}, zh = {_quoted(code)} }}",
        f"year = {begun.sam.year}", f"last_year = {last_year}", f"unit = {_quoted(begun.sam.unit)}",
        f"sources = [{', '.join(sources) or _quoted('not said')}]", f"history = [{', '.join(history)}]", "",
        "[currency]", f"cny = {money.cny!r}", f"source = {_quoted(money.source)}", "", "[growth]",
        *(f"{name} = {rate!r}" for name, rate in growth.items()), "",
    ]  # fmt: skip
    named = {
        "regions": begun.regions, "households": begun.households,
        "countries": sorted({n for n in begun.nations.values() if n not in begun.regions}),
    }  # fmt: skip
    for kind, names in named.items():
        for name in names:
            lines += [f"[{kind}.{name}]", f"en = {_quoted(name)}", f"zh = {_quoted(name)}"]
            said = begun.nations.get(name) if kind == "regions" else None
            lines += [f"country = {_quoted(said)}", ""] if said else [""]
    for name, (words, like) in begun.sectors.items():
        text = _quoted(words)
        lines += [f"[sectors.{name}]", f"en = {text}", f"zh = {text}", f"like = {_quoted(like)}", ""]
    return "\n".join(lines)
