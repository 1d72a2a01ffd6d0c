"""A solved baseline to ask questions of, and studies run whole."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cge.api.given import plain
from cge.api.instruments import table_of
from cge.api.results import Results, load_results
from cge.api.solved import InMemory, Year
from cge.policies import Instrument
from cge.study import run as study_run
from cge.study.model import Model, model_of
from cge.study.scenario import BASELINE as LABEL
from cge.study.scenario import Cap, Study, default_study_path, load_study, study_of
from cgebase.errors import ScenarioError
from cgebase.messages import listed, message
from sam.registry import SHIPPED, region_words
from sam.registry import sectors as sectors_of

BASELINE, OWN = "baseline", {"en": "Own question", "zh": "自己的问题"}
Log = Callable[[str], None]
Label = str | Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Base:
    """A solved baseline; :func:`cge.baseline` makes one, and any number of policies are solved beside it.

    Parameters
    ----------
    study : Study
        What was asked of it.
    model : Model
        The calibrated model with its solved years.
    kept : dict
        Solved years of policies: one that was interrupted goes on, the same one again costs nothing.
    """

    study: Study
    model: Model
    kept: dict[str, Year] = field(default_factory=dict)

    def solve(
        self, *instruments: Cap | Instrument, id: str | None = None, label: Label | None = None,
        closure: Mapping[str, Any] | None = None, progress: Log | None = None,
    ) -> Results:  # fmt: skip
        """Solve a policy beside the baseline, which is not solved again.

        Parameters
        ----------
        *instruments
            What acts: ``cge.cap(...)``, ``cge.tax(...)`` and the other instruments, freely combined, one of each.
            Without any, the results are those of the baseline alone.
        id : str, optional
            Name of the scenario, letters, digits, ``-`` and ``_``; the names of its instruments if not given.
        label : str or mapping, optional
            What figures call it, in one or ``{"en": ..., "zh": ...}`` in both languages.
        closure : mapping, optional
            Options by axis such as ``{"government": "labour-tax"}``, see `docs/closures.md`.
        progress : callable, optional
            Told each step in words, such as ``print``.

        Returns
        -------
        Results
            Of the baseline and the policy.

        Raises
        ------
        ScenarioError
            Every fault of what is asked, before anything is solved.
        ConvergenceError
            A year could not be solved.

        Examples
        --------
        >>> import cge
        >>> base = cge.baseline("cn12", years=[2021, 2030])
        >>> tax = base.solve(cge.tax(price=200), cge.revenue(dividend=0.5), label="Tax and dividend")
        >>> tax.policies
        ('tax-revenue',)
        >>> bool(tax["gdp_change_pct"].sel(region="CN", year=2030) < 0)
        True
        """
        tables = [table_of(i) for i in instruments]
        for table in tables:
            if tables.count(table) > 1:
                raise ScenarioError(message("CGE362", table=table))
        if not tables:
            return self._alone(id, label, closure, progress)
        name = id or "-".join(tables)
        words = label or name
        keys = {t: i.model_dump(mode="json", exclude_unset=True) for t, i in zip(tables, instruments, strict=True)}
        asked = self.study.model_dump(mode="json", by_alias=True)
        asked["scenario"] = [
            {"id": BASELINE, "label": LABEL.model_dump()},
            {"id": name, "label": {"en": words, "zh": words} if isinstance(words, str) else plain(words, "label"),
             "closure": dict(closure or {}), **keys},
        ]  # fmt: skip
        return _solved(study_of(asked, name), self.model, self.kept, progress)

    def _alone(
        self, id: str | None, label: Label | None, closure: Mapping[str, Any] | None, progress: Log | None
    ) -> Results:
        """Results of the baseline; refuses what has no meaning without an instrument."""
        given = [k for k, v in (("id", id), ("label", label), ("closure", closure)) if v]
        if given:
            raise ScenarioError(message("CGE364", names=listed(given)))
        return _solved(self.study, self.model, self.kept, progress)

    @property
    def sectors(self) -> pd.DataFrame:
        """Activities by code: names in both languages and kind, for ``coverage`` and other instruments."""
        rows = {s.code: s for s in sectors_of(self.study.base.sectors)}
        there = [rows[a] for a in self.model.benchmark.sets["a"] if a in rows]
        return pd.DataFrame(
            [(s.name_en, s.name_zh, s.kind) for s in there], pd.Index([s.code for s in there], name="sector"),
            ["name_en", "name_zh", "kind"],
        )  # fmt: skip

    @property
    def provinces(self) -> pd.DataFrame:
        """Provinces by code: names in both languages."""
        rows = {r: region_words(r) for r in self.model.benchmark.sets["r"]}
        return pd.DataFrame(
            [(w.text("en"), w.text("zh")) for w in rows.values()], pd.Index(list(rows), name="region"),
            ["name_en", "name_zh"],
        )  # fmt: skip

    def __repr__(self) -> str:
        years, sets = self.model.paths.years, self.model.benchmark.sets
        return "\n".join([
            f"Baseline {years[0]}-{years[-1]}, solved in {len(years)} years",
            f"  {self.study.base.sectors}: {len(sets['a'])} activities, {len(sets['r'])} provinces",
            f"  parameters: {self.model.parameter_set}",
            textwrap.fill(", ".join(f"{k} {v}" for k, v in self.study.baseline.chosen.items()), width=100,
                          initial_indent="  choices: ", subsequent_indent="    "),
        ])  # fmt: skip


def baseline(
    sectors: str = "cn30", years: Sequence[int] | None = None, *, parameters: Mapping[str, Any] | None = None,
    beyond: bool = False, sam: str | Path | None = None, data: Mapping[str, Any] | None = None, regions: str = "",
    focus: str = "XJ", id: str = "question", title: Label = OWN, progress: Log | None = None, **choices: str,
) -> Base:  # fmt: skip
    """Calibrate the model and solve its baseline.

    Parameters
    ----------
    sectors : {"cn30", "cn12", "cn42"}
        Sectors of the economy.
    years : sequence of int, optional
        Years solved, from 2021 to at most 2060; those of the flagship if not given.
    parameters : mapping, optional
        Values instead of those of the register (`docs/parameters.md`) by name: a number for every item, or numbers by
        item as dict, Series or DataArray.
    beyond : bool
        Whether they may lie outside their declared range.
    sam : path, optional
        Folder of an economy of one's own, as `cge sam build --out` writes it.
    data : mapping, optional
        Choices that the economy is built with, such as ``{"inventory": 541}``: those of `[base.choices]` in
        `docs/study.md`.
    regions : str
        Grouping of the provinces: ``region8``, ``drc8`` or a CSV with a line ``province,region`` for each.
    focus : str
        Province that figures dwell on, in any usual spelling.
    id, title
        What the question is called in files and figures.
    progress : callable, optional
        Told each step in words, such as ``print``.
    **choices
        ``first_years``, ``gdp``, ``population``, ``emissions``, ``demand``, ``productivity``, ``sector_growth``,
        see `docs/baseline.md`.

    Raises
    ------
    ScenarioError
        Every fault of what is asked, before anything is solved.

    Examples
    --------
    >>> import cge
    >>> cge.baseline("cn12", years=[2021, 2030], parameters={"sigma_kle": {"mtl": 0.6}})
    Baseline 2021-2030, solved in 2 years
      cn12: 20 activities, 31 provinces
      parameters: literature, sigma_kle[mtl] = 0.6
      choices: first_years observed, gdp SSP1, population SSP1, emissions converging, demand engel,
        productivity neutral, sector_growth differentiated, mix costs, technology central
    """
    usual = load_study(default_study_path()).time.years
    words = {"en": title, "zh": title} if isinstance(title, str) else plain(title, "title")
    own = plain(parameters or {}, "parameters")
    study = study_of({
        "schema": 1, "id": id, "title": words,
        "base": {"aggregation": sectors, "regions": str(regions), "sam": SHIPPED if sam is None else str(sam),
                 "choices": None if data is None else plain(data, "data")},
        "time": {"years": usual if years is None else list(years) if isinstance(years, Iterable) else years},
        "parameters": own | {"beyond": beyond} if isinstance(own, dict) else own,
        "baseline": choices, "report": {"focus": focus},
        "scenario": [{"id": BASELINE, "label": LABEL.model_dump()}],
    }, id)  # fmt: skip
    return Base(study, model_of(study, log=progress or _silent))


def run(
    study: str | Path | Study, folder: str | Path | None = None, *, force: bool = False, workers: int = 1,
    progress: Log | None = None,
) -> Results:  # fmt: skip
    """Solve every scenario of a study.

    Parameters
    ----------
    study : path or Study
        A study file, or what :func:`cge.load_study` read.
    folder : path, optional
        Where results and solved years are saved as they come; an interrupted run goes on there, and what answers the
        same question is read.
    force : bool
        Solve anew over a run that is there.
    workers : int
        Processes that many policies are spread over, with a folder only.
    progress : callable, optional
        Told each step in words, such as ``print``.

    Raises
    ------
    OutputError
        The folder holds the run of another question.
    ScenarioError, ConvergenceError
        As :meth:`Base.solve`.

    Examples
    --------
    >>> import cge
    >>> results = cge.run("my_study.toml", "results/mine")
    >>> results.scenarios
    ('baseline', 'tax')
    """
    asked = study if isinstance(study, Study) else load_study(study)
    log = progress or _silent
    if folder is None:
        return _solved(asked, model_of(asked, log=log), {}, log)
    study_run.run(asked, folder=Path(folder), force=force, workers=workers, progress=log)
    return load_results(folder)


def _solved(study: Study, model: Model, kept: dict[str, Year], progress: Log | None) -> Results:
    years = InMemory(model, kept)
    of = study_run.run(study, tuned=replace(model, kept=years), progress=progress or _silent)
    solved = dict.fromkeys(of.equations, years)
    return Results(of.data, of.manifest, of.study, of.equations, solved, countries=of.countries)


def _silent(_: str) -> None:
    return
