"""What a brief says: question, answer with its range, what drives it, what is weak, sources; numbers by province."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cge.measure.sense import MARK
from cge.report.caveats import beyond_lines
from cge.report.indices import INDICES
from cge.report.names import name
from cge.report.sentences import (
    BINDING,
    CAUSES,
    CHANGE,
    DRAWS,
    LEVEL,
    PART,
    RANGES,
    RUN,
    Bound,
    Evidence,
    Item,
    Sentence,
    binding,
    bound_rows,
    phrase,
    said,
)
from cge.report.style import (
    ReportError,
    fitted,
    labelled,
    pair,
    policies_of,
    region_name,
    scenario_name,
    sector_name,
)
from cge.study.results import Results
from cgebase.messages import LANGUAGES, Message, listed, message
from sam.registry import NATION, SHIPPED

GDP, PRICE = "gdp_change_pct", "permit_price"
CAP, PARTS = "cap_share_2021", "gdp_contribution_pp"
SLOTS = ("fisher", "base", "ev")
"""Slots of the three indices."""
QUOTED = (*INDICES, PRICE, CAP, PARTS)
SECTIONS = ("question", "answer", "drives", "weak", "sources")
OTHERS = 4
"""Policies beside the pair that get a line."""
LISTED = 5
"""Channels, and sectors, of a sentence."""
ALONE, THROUGH, CAUSED = "instruments", "gdp_through_pct", "gdp_change_pct"
CLOSE = 0.01
"""Percentage points by which a path integral, or a rounded range, may differ from the run it is of."""

Said = Sentence | Message
Paragraph = Sequence[Said]


@dataclass(frozen=True)
class Brief:
    """A brief before it is laid out.

    Parameters
    ----------
    sections : mapping of str to list
        Paragraphs of each of :data:`SECTIONS`, each of sentences.
    regions : sequence of str
        Rows of the table: nation and focus first, then by the loss under the first policy.
    columns : sequence of (str, str)
        Policy and indicator of each number of a row.
    table : mapping of (str, str, str) to Bound
        By region, policy and indicator.
    focus : str
        Empty where the results have none.
    """

    sections: Mapping[str, Sequence[Paragraph]]
    regions: Sequence[str]
    columns: Sequence[tuple[str, str]]
    table: Mapping[tuple[str, str, str], Bound]
    focus: str
    year: int


def evidence_of(results: Results, ranges: Path | None, causes: Iterable[Path]) -> Evidence:
    """Tables of a run, and of an ensemble and attributions of it.

    Parameters
    ----------
    ranges : Path, optional
        Folder of `cge ensemble`.
    causes : iterable of Path
        Folders of `cge attribute`.

    Raises
    ------
    ReportError
        A file cannot be read, or is not of this run.
    """
    last = results.data[(results.data["year"] == results.data["year"].max()) & results.data["indicator"].isin(QUOTED)]
    tables, files = {RUN: last}, {RUN: "scenarios/{scenario}/results.csv.gz"}
    found = last[last["sector"] == "all"].set_index(["scenario", "region", "indicator"])["value"]
    if ranges is not None:
        rows = _read(ranges / "ranges.csv")
        facts = json.loads((ranges / "manifest.json").read_text(encoding="utf-8"))
        tables[RANGES] = rows.fillna({"against": ""})
        tables[DRAWS] = pd.DataFrame(
            [("draws", facts["draws"]), ("unsolved", sum(facts["unsolved"].values()))], columns=["of", "value"]
        )
        files |= {RANGES: f"../{ranges.name}/ranges.csv", DRAWS: f"../{ranges.name}/manifest.json"}
        levels = rows[(rows["kind"] == "level") & (rows["measure"] == GDP) & rows["scenario"].isin(results.policies)]
        _same(levels.set_index(["scenario", "region"])["base"], found, ranges)
    for folder in causes:
        rows = _read(folder / "causes.csv")
        policy = folder.name.rpartition(".")[2]
        effect = rows[rows["measure"] == CAUSED].groupby("region")["value"].sum()
        effect.index = pd.MultiIndex.from_product([[policy], effect.index])
        _same(effect, found, folder)
        tables[f"{CAUSES} {policy}"] = rows
        files[f"{CAUSES} {policy}"] = f"../{folder.name}/causes.csv"
    return Evidence(tables, files)


def beside(run: Path, results: Results) -> tuple[Path | None, list[Path]]:
    """Folders of an ensemble and of attributions that stand beside the folder of a run under its name."""
    ranges = run.with_name(f"{run.name}.ensemble")
    causes = [run.with_name(f"{run.name}.attribute.{s}") for s in results.policies]
    return (ranges if (ranges / "ranges.csv").exists() else None), [c for c in causes if (c / "causes.csv").exists()]


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in ("value", "low", "high", "share")})
    except (OSError, ValueError) as error:
        raise ReportError(message("CGE626.unread", file=path, said=error)) from error


def _same(stated: pd.Series, found: pd.Series, folder: Path) -> None:
    """Refuse what was solved for other results."""
    for (policy, region), value in stated.items():
        want = found.get((policy, region, GDP), float("nan"))
        if not abs(float(value) - want) <= CLOSE:
            raise ReportError(message("CGE626", folder=folder, scenario=policy, region=region, found=float(value),
                                      want=want))  # fmt: skip


def brief_of(results: Results, evidence: Evidence) -> Brief:
    """What the results say of the pair of policies that the figures show.

    Raises
    ------
    ReportError
        The results have no policy.
    """
    data = labelled(results.data, results.study)
    teller = _Teller(results, data, evidence)
    table = {
        (r, s, i): teller.number(i, s, r, LEVEL if i == PRICE else CHANGE)
        for r in teller.regions for s in teller.shown for i in (*INDICES, PRICE)
    }  # fmt: skip
    columns = [(s, i) for s in teller.shown for i in (*INDICES, PRICE)
               if any(table[r, s, i].there for r in teller.regions)]  # fmt: skip
    sections = {
        "question": teller.question(), "answer": teller.answer(), "drives": teller.drives(), "weak": teller.weak(),
        "sources": teller.sources(),
    }  # fmt: skip
    said = {name: [p for p in of if p] for name, of in sections.items()}
    return Brief(said, teller.regions, columns, table, teller.focus, teller.year)


class _Teller:
    """The sections of one brief."""

    def __init__(self, results: Results, data: pd.DataFrame, evidence: Evidence) -> None:
        self.results, self.data, self.evidence = results, data, evidence
        self.shown, self.policies = pair(data), policies_of(data)
        self.year = int(data["year"].max())
        odd = results.beyond
        odd = odd[odd["year"] == self.year]
        self.marks = set(zip(odd["scenario"], odd["region"], odd["indicator"], strict=True))
        there = [r for r in dict.fromkeys(data["region"]) if r != NATION]
        self.focus = results.focus if results.focus in there else ""
        self.places = [r for r in (self.focus, NATION) if r]
        loss = {r: self.number(GDP, self.shown[0], r).value for r in there if r != self.focus}
        self.regions = [NATION, *self.places[:-1], *sorted(loss, key=lambda r: (loss[r] != loss[r], loss[r]))]
        self.all = there

    def number(
        self, indicator: str, scenario: str, region: str, form: str = CHANGE, sector: str = "all", sign: float = 1.0
    ) -> Bound:
        """A number of the last year."""
        key = {"scenario": scenario, "region": region, "sector": sector, "year": self.year, "indicator": indicator}
        mark = MARK if (scenario, region, indicator) in self.marks else ""
        return Bound((self.evidence.cell(RUN, key, sign=sign),), form, mark)

    def policy(self, scenario: str) -> Message:
        return Message(*(scenario_name(scenario, x, self.data) for x in LANGUAGES))

    @staticmethod
    def place(region: str) -> Message:
        return Message(*(region_name(region, x) for x in LANGUAGES))

    def question(self) -> list[Paragraph]:
        """What was asked: policies, year, and the caps that they set."""
        focus = self.place(self.focus or NATION)
        kind, listing = ".focus" if self.focus else "", listed(self.policy(s) for s in self.policies)
        out: list[Paragraph] = [said(f"question{kind}", {"focus": focus, "year": str(self.year), "policies": listing})]
        for s in self.shown:
            numbers = {"cap_nation" if r == NATION else "cap_focus": self.number(CAP, s, r, PART) for r in self.places}
            facts = {"scenario": self.policy(s), "year": str(self.year), "focus": focus}
            out.append(said(f"cap{kind}", facts, numbers))
        return out

    def answer(self) -> list[Paragraph]:
        """What it costs, with ranges where there are any, and whether policies can be told apart."""
        out: list[Paragraph] = []
        for s in self.shown:
            out += [self._change(s, r) for r in self.places] + [self._spread(s)]
        if len(self.shown) > 1:
            out += [self._gap(self.shown[0], self.shown[1], r) for r in self.places]
        others, region = [s for s in self.policies if s not in self.shown], self.places[0]
        for s in others[:OTHERS]:
            numbers = {"change": self.number(GDP, s, region), "nation": self.number(GDP, s, NATION)}
            template = "other" if self.focus else "other.nation"
            out.append(said(template, {"scenario": self.policy(s), "region": self.place(region)}, numbers))
        if others[OTHERS:]:
            out.append(said("more", {"scenarios": listed(self.policy(s) for s in others[OTHERS:])}))
        return out

    def _change(self, scenario: str, region: str) -> list[Sentence]:
        facts = {"scenario": self.policy(scenario), "region": self.place(region), "year": str(self.year)}
        numbers = {key: self.number(i, scenario, region) for key, i in zip(SLOTS, INDICES, strict=True)}
        whole = said("change", facts, numbers) or said("change.gdp", facts, {SLOTS[0]: numbers[SLOTS[0]]})
        if not whole:
            return []
        key = {"kind": "level", "scenario": scenario, "against": "", "measure": GDP, "region": region}
        price = self.number(PRICE, scenario, region, LEVEL)
        paid = said("price.nation" if region == NATION else "price", {}, {"price": price}) if price.value > 0 else []
        return whole + self._range("range", key) + paid

    def _range(self, template: str, key: Mapping[str, str]) -> list[Sentence]:
        """The range of a number, and whether it lies on both sides of zero."""
        if not self.evidence.has(RANGES):
            return []
        ends = {end: Bound((self.evidence.cell(RANGES, key, end),), CHANGE) for end in ("low", "high")}
        told = ends["low"].value > 0 or ends["high"].value < 0
        return said(template if told else f"{template}.untold", {}, ends)

    def _spread(self, scenario: str) -> list[Sentence]:
        """The regions that lose least and most."""
        by = {r: self.number(GDP, scenario, r) for r in self.all}
        if len(by) < 3 or not all(n.there for n in by.values()):
            return []
        order = sorted(by, key=lambda r: by[r].value)
        low, high = order[0], order[-1]
        facts = {"scenario": self.policy(scenario), "low": self.place(low), "high": self.place(high)}
        return said("spread", facts, {"lowest": by[low], "highest": by[high]})

    def _gap(self, first: str, second: str, region: str) -> list[Sentence]:
        both = self.number(GDP, second, region), self.number(GDP, first, region, sign=-1.0)
        facts = {"first": self.policy(first), "second": self.policy(second), "region": self.place(region)}
        whole = said("gap", facts, {"gap": Bound((*both[0].cells, *both[1].cells), CHANGE)})
        key = {"kind": "difference", "scenario": second, "against": first, "measure": GDP, "region": region}
        return whole + self._range("gap.range", key) if whole else []

    def drives(self) -> list[Paragraph]:
        """By whose caps, through what and in which sectors the focus region loses."""
        out: list[Paragraph] = [self._causes(s) for s in self.policies if self.evidence.has(f"{CAUSES} {s}")]
        out += [self._sectors(s) for s in self.shown if self.focus]
        return out if any(out) else [[phrase("no_drivers")]]

    def _causes(self, scenario: str) -> list[Sentence]:
        table, of = f"{CAUSES} {scenario}", self.focus or NATION
        rows, facts = self.evidence.tables[table], {"scenario": self.policy(scenario), "region": self.place(of)}
        out: list[Sentence] = []
        if self.focus:
            key = {"measure": CAUSED, "region": of}
            own = [ALONE] if ((rows["cause"] == ALONE) & (rows["region"] == of)).any() else []
            less = [self.evidence.cell(table, key | {"cause": c}, sign=-1.0) for c in (of, *own)]
            numbers = {"own": Bound((self.evidence.cell(table, key | {"cause": of}),), CHANGE),
                       "others": Bound((self.evidence.cell(table, key), *less), CHANGE)}  # fmt: skip
            out += said("causes", facts, numbers)
        ways = rows[(rows["measure"] == THROUGH) & (rows["region"] == of)].groupby("channel")["value"].sum()
        items = [
            (Message(*(name("channel", str(way), x) for x in LANGUAGES)),
             Bound((self.evidence.cell(table, {"measure": THROUGH, "region": of, "channel": way}),), CHANGE))
            for way in ways.abs().sort_values(ascending=False).index[:LISTED]
        ]  # fmt: skip
        return out + (said("ways", facts, items=items) if items else [])

    def _sectors(self, scenario: str) -> list[Sentence]:
        rows = self.data[(self.data["indicator"] == PARTS) & (self.data["scenario"] == scenario)
                         & (self.data["region"] == self.focus) & (self.data["year"] == self.year)]  # fmt: skip
        largest = rows.dropna(subset=["value"]).sort_values("value", key=lambda v: -v.abs())["sector"][:LISTED]
        sectors = self.results.manifest["aggregation"]
        items: list[Item] = [
            (Message(*(sector_name(c, x, sectors) for x in LANGUAGES)),
             self.number(PARTS, scenario, self.focus, sector=c))
            for c in largest
        ]  # fmt: skip
        facts = {"scenario": self.policy(scenario), "region": self.place(self.focus)}
        return said("sectors", facts, items=items) if items else []

    def weak(self) -> list[Paragraph]:
        """What must be kept in mind: no range, numbers beyond sense, better policies, estimates."""
        if self.evidence.has(RANGES):
            numbers = {k: Bound((self.evidence.cell(DRAWS, {"of": k}),), LEVEL) for k in ("draws", "unsolved")}
            out: list[Said] = [*said("draws", {}, numbers)]
        else:
            out = [phrase("no_ranges")]
        out += beyond_lines(self.data, self.year, self.shown)
        found = self.results.dominance
        for better, rows in found.groupby("better", sort=False) if len(found) else ():
            worse = listed(self.policy(s) for s in rows["worse"])
            out += said("dominates", {"better": self.policy(str(better)), "worse": worse})
        out += [] if any(self.evidence.has(f"{CAUSES} {s}") for s in self.policies) else [phrase("no_causes")]
        own = phrase("estimates" if self.results.manifest["sam"] == SHIPPED else "own_economy")
        return [[line] for line in (*out, own, phrase("structure"))]

    def sources(self) -> list[Paragraph]:
        """Where numbers and data are from."""
        of = self.results.manifest
        facts: dict[str, str] = {k: str(of[k]) for k in ("study", "aggregation", "parameter_set", "sam")}
        version = f"{of['program']} {of['commit'] or ''}".strip()[:20]
        data = listed(Message(*(name("datum", s, x) for x in LANGUAGES)) for s in of["sam_sources"])
        used = Message(*(fitted(of["parameter_set"], x) for x in LANGUAGES))
        facts |= {"version": version, "digest": str(of["sam_digest"])[:8], "fitted": used}
        return [said("made", facts), said("data", {"data": data}) if of["sam_sources"] else []]


def bindings(brief: Brief) -> pd.DataFrame:
    """Every number of text and table with the cells it is read from; columns :data:`cge.report.sentences.BINDING`."""
    rows = [row for place, of in brief.sections.items() for p in of
            for row in binding(place, (s for s in p if isinstance(s, Sentence)))]  # fmt: skip
    for (region, scenario, indicator), number in brief.table.items():
        rows += bound_rows("table", region, f"{scenario} {indicator}", number) if number.there else []
    return pd.DataFrame(rows, columns=BINDING)
