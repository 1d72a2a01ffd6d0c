"""The whole theory as one LaTeX document, made from the objects that are solved."""

from __future__ import annotations

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from cge.language.algebra import Theory, Total, factors_of
from cge.language.fold import is_sum, outermost
from cge.language.forms import on_paper


class _Writer(LatexPrinter):
    """Names as in the code; sums are printed in place of plain symbols so that fractions stay fractions."""

    printmethod = ""

    def __init__(self) -> None:
        super().__init__({"mul_symbol": "dot"})
        self.sums: dict[str, Total] = {}

    def formula(self, expr: sp.Basic) -> str:
        """Markup of an expression."""
        return str(self.doprint(self._plain(expr)))

    def _plain(self, expr: sp.Basic) -> sp.Basic:
        swap = {node: sp.Symbol(f"sum {len(self.sums) + k}") for k, node in enumerate(outermost(expr, is_sum))}
        self.sums |= {symbol.name: node for node, symbol in swap.items()}
        return expr.xreplace(swap)

    def parenthesize(self, item: sp.Basic, level: int, is_neg: bool = False, strict: bool = False) -> str:
        text = super().parenthesize(item, level, is_neg=is_neg, strict=strict)
        loose = isinstance(item, sp.Symbol) and item.name in self.sums and level > PRECEDENCE["Mul"]
        return rf"\left({text}\right)" if loose else str(text)

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        if expr.name in self.sums:
            return self._sum(self.sums[expr.name])
        return expr.name if len(expr.name) == 1 else rf"\mathrm{{{_plain(expr.name)}}}"

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return rf"\mathrm{{{_plain(expr.base.name)}}}_{{{','.join(self._print(i) for i in expr.indices)}}}"

    def _sum(self, expr: Total) -> str:
        under = ",".join(self._print(i) for i in expr.indices)
        if expr.where != sp.Integer(1):
            under += r" \mid " + ",".join(self._print(f) for f in factors_of(expr.where))
        return rf"\sum_{{{under}}}\left({self.formula(expr.body)}\right)"


def formula(expr: sp.Basic) -> str:
    """LaTeX of an expression."""
    return _Writer().formula(on_paper(expr))


def latex_document(theory: Theory) -> str:
    """The whole theory as a LaTeX document that needs only standard packages."""
    lines = [
        r"\documentclass[a4paper,landscape,10pt]{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage{amsmath,adjustbox,longtable}",
        r"\usepackage[margin=15mm]{geometry}",
        r"\setlength{\parindent}{0pt}",
        r"\begin{document}",
        rf"\title{{{_plain(theory.name)}: equations}}\date{{}}\maketitle",
        r"CES composites have shares that add up to one; an exponent $1-\sigma=0$ stands for the limit, Cobb-Douglas: "
        r"$\exp\left(\sum\theta\ln p\right)$. A sum runs over the indices left of the bar, where nothing right of it "
        r"is zero.",
    ]
    for kind in ("variable", "parameter"):
        lines += [rf"\section*{{{kind.capitalize()}s}}", r"\begin{longtable}{llp{0.25\linewidth}p{0.45\linewidth}}"]
        for f in theory.families.values():
            if (f.kind == "parameter") == (kind == "parameter"):
                dims = ", ".join(d.name for d in f.dims)
                lines.append(rf"{_plain(f.name)} & {_plain(dims)} & {_plain(f.unit)} & {_plain(f.description)} \\")
        lines.append(r"\end{longtable}")
    stated = {"Definitions": theory.definitions, "Equations": theory.equations, "Accounts": theory.accounts}
    for key, statements in stated.items():
        lines.append(rf"\section*{{{key}}}")
        for s in statements.values():
            over = ", ".join(i.name for i in s.over)
            where = "" if s.where == sp.Integer(1) else rf", where ${formula(s.where)} \neq 0$"
            pairs = f", determines {_plain(s.variable)}" if s.kind == "equation" else ""
            left = "0"
            if s.kind != "equation":
                base = theory.families[s.variable].base
                left = formula(base[s.over] if s.over else sp.Symbol(s.variable))
            lines += [
                rf"\paragraph{{{_plain(s.name)}}} ({_plain(over)}){where}{pairs}. {_plain(s.ref)}\par",
                r"\begin{adjustbox}{max width=\linewidth}",
                rf"$\displaystyle {left} = {formula(s.expr)}$",
                r"\end{adjustbox}\par\medskip",
            ]
    return "\n".join([*lines, r"\end{document}", ""])


def _plain(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(k, f"\\{k}" if k in "&%$#_{}" else k) for k in text)
