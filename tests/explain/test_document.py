"""The page and the document of the equations: well formed, closed in themselves, complete, linked."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from matplotlib.mathtext import MathTextParser

from cge.explain.document import html_page
from cge.explain.latex import formula, latex_document
from cge.explain.mathml import MathML
from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.language.expand import Expansion
from cge.language.forms import on_paper
from cge.theory.chapters import THEORY

EVERY = list(THEORY.statements.values())


@pytest.fixture(scope="module")
def page() -> ET.Element:
    text = html_page(THEORY)
    assert text.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(text.split("\n", 1)[1])


@pytest.mark.slow
def test_every_statement_and_symbol_has_its_place(page):
    ids = [e.get("id") for e in page.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {f"{s.kind}-{s.name}" for s in EVERY} | {f"symbol-{n}" for n in THEORY.families}
    assert wanted | {f"set-{n}" for n in THEORY.sets} <= set(ids)


def test_links_lead_somewhere_and_never_outside(page):
    ids = {e.get("id") for e in page.iter()}
    targets = [e.get("href") for e in page.iter("a")]
    assert len(targets) > 500
    assert all(t.startswith("#") and t[1:] in ids for t in targets)
    names = {e.tag for e in page.iter()}
    assert not names & {"link", "img", "iframe", "object", "mfenced"}
    assert not re.search(r"(https?:|//|@import|url\()", html_page(THEORY))


def test_maths_of_a_statement_shows_every_symbol_it_uses(page):
    for s in EVERY:
        article = next(e for e in page.iter("article") if e.get("id") == f"{s.kind}-{s.name}")
        shown = {e.get("data-s") for e in article.find("div").iter() if e.get("data-s")}
        used = {THEORY.family_of(r).name for r in THEORY.references(s.expr)}
        own = {s.variable} if s.kind != "equation" else set()
        masks = {THEORY.family_of(r).name for t in s.expr.atoms(sp.Basic) if hasattr(t, "where")
                 for r in THEORY.references(t.where)}  # fmt: skip
        assert shown == used | own | masks, s.name


def test_both_languages_are_there(page):
    for e in page.iter("span"):
        assert e.get("class") in ("en", "zh") and e.text
    assert [e.get("class") for e in page.iter("span")].count("zh") > 10


W = {"unit": "1", "description": "test"}


def _small() -> dict[str, Any]:
    t = Theory("small")
    g = t.set("g")
    i, j = g.index("i"), g.index("j")
    x, w = t.variable("x", (g,), **W), t.parameter("w", (g,), **W)
    return {"t": t, "i": i, "j": j, "x": x, "w": w}


def _bare(text: str) -> str:
    text = re.sub(r' (mathvariant|class|data-s|largeop|display)="[^"]*"', "", text)
    return re.sub(r"</?(mrow|math)>", "", text).replace("<mo>&#8901;</mo>", "*").replace("&#8722;", "-")


def test_mathml_of_small_forms():
    s = _small()
    maths, i, j, x, w = MathML(s["t"]), s["i"], s["j"], s["x"], s["w"]
    xi, wi = "<msub><mi>x</mi><mi>i</mi></msub>", "<msub><mi>w</mi><mi>i</mi></msub>"
    cases = [
        (x[i] / w[i], f"<mfrac>{xi}{wi}</mfrac>"),
        (1 - x[i], f"<mn>1</mn><mo>-</mo>{xi}"),
        (w[i] - x[i] * (1 + w[i]), f"{wi}<mo>-</mo><mo>(</mo>{wi}<mo>+</mo><mn>1</mn><mo>)</mo>*{xi}"),
        ((x[i] / w[i]) ** w[i], f"<msup><mo>(</mo><mfrac>{xi}{wi}</mfrac><mo>)</mo>{wi}</msup>"),
        (sp.Rational(1, 2) * x[i], f"<mfrac>{xi}<mn>2</mn></mfrac>"),
        (-x[i], f"<mo>-</mo>{xi}"),
        (sp.log(x[i]), f"<mi>ln</mi><mo>(</mo>{xi}<mo>)</mo>"),
    ]
    for expr, wanted in cases:
        ET.fromstring(maths.inline(expr))
        assert _bare(maths.write(expr)) == wanted, expr
    summed = _bare(maths.write(2 / total(x[j] + 1, j, where=sp.Ne(i, j))))
    assert summed.startswith("<mfrac><mn>2</mn><munder><mo>&#8721;</mo><mi>j</mi><mo>&#8739;</mo>")
    assert summed.endswith("<mo>(</mo><msub><mi>x</mi><mi>j</mi></msub><mo>+</mo><mn>1</mn><mo>)</mo></mfrac>")
    assert "<mo>&#8800;</mo>" in summed


def test_a_ces_is_written_as_shares_prices_and_elasticity():
    s = _small()
    x, w, i, j = s["x"], s["w"], s["i"], s["j"]
    ces = inv_boxcox(total(w[j] * boxcox(x[j], 1 - w[i]), j), 1 - w[i])
    power = r"1 - \mathrm{w}_{i}"
    mean = rf"\sum_{{j}}\left(\mathrm{{w}}_{{j}} \cdot \mathrm{{x}}_{{j}}^{{{power}}}\right)"
    text = formula(ces)
    assert mean in text and text.endswith(rf"^{{\frac{{1}}{{{power}}}}}")
    plain = Expansion(s["t"], {}, {}).text(on_paper(ces), {}, sums=False)
    assert plain == "(Sum[j](w[j]*x[j]**(1 - w[i])))**(1/(1 - w[i]))"
    shown = MathML(s["t"]).formula(x[i], ces)
    xj, one = "<msub><mi>x</mi><mi>j</mi></msub>", "<mn>1</mn><mo>-</mo><msub><mi>w</mi><mi>i</mi></msub>"
    assert f"<msup>{xj}{one}</msup>" in _bare(shown) and _bare(shown).endswith(f"<mfrac><mn>1</mn>{one}</mfrac></msup>")


@pytest.mark.slow
def test_no_transform_is_left_on_paper():
    for text in (html_page(THEORY), latex_document(THEORY)):
        assert "boxcox" not in text and "Cobb-Douglas" in text


@pytest.mark.slow
@pytest.mark.parametrize("statement", EVERY, ids=lambda s: f"{s.kind}:{s.name}")
def test_latex_of_every_statement_is_accepted_by_a_parser(statement):
    MathTextParser("path").parse(f"${formula(statement.expr)}$")


def test_latex_keeps_fractions_of_sums():
    s = _small()
    x, w, i, j = s["x"], s["w"], s["i"], s["j"]
    text = formula(x[i] / total(x[j], j, where=w[j]))
    xi, xj = r"\mathrm{x}_{i}", r"\mathrm{x}_{j}"
    assert text == rf"\frac{{{xi}}}{{\sum_{{j \mid \mathrm{{w}}_{{j}}}}\left({xj}\right)}}"
    assert formula(total(x[j], j) ** w[i]) == rf"\left(\sum_{{j}}\left({xj}\right)\right)^{{\mathrm{{w}}_{{i}}}}"


def test_latex_document_is_balanced_and_complete():
    text = latex_document(THEORY)
    assert text.count(r"\begin{") == text.count(r"\end{") and text.count(r"\left") == text.count(r"\right")
    bare = text.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert text.count(r"\paragraph{") == len(EVERY)
    outside = re.sub(r"\$[^$]*\$", "", text)
    assert not re.search(r"(?<!\\)[_^#%]", outside)
    assert text.isascii()


@pytest.mark.slow
def test_the_commands(call, tmp_path: Path):
    path = tmp_path / "equations.html"
    code, out, _ = call("equations", "--html", str(path))
    assert code == 0 and str(path) in out and path.read_text(encoding="utf-8") == html_page(THEORY)
    assert call("equations", "--html", str(path))[0] == 2
    assert call("equations", "--html", str(path), "--force")[0] == 0
    assert call("equations", "PQ", "--html", str(tmp_path / "one.html"))[0] == 2
    assert call("equations", "--html", str(tmp_path / "new" / "page.html"))[0] == 0
    code, _, err = call("equations", "--html", str(path / "page.html"))
    assert code == 7 and "cannot write" in err
    assert call("equations", "--latex")[1] == latex_document(THEORY)
