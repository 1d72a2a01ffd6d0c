"""Balancing: the table nearest to its prior that meets hard controls; every method with one signature."""

from cgebase.errors import BalanceError
from sam.balance.problem import Balanced, Problem
from sam.balance.report import BalanceReport
from sam.balance.solve import METHODS, Method, balance
from sam.balance.table import balance_sam

__all__ = ["METHODS", "BalanceError", "BalanceReport", "Balanced", "Method", "Problem", "balance", "balance_sam"]
