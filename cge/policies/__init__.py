"""Policy instruments: one file each, freely combined in a scenario.

An instrument is a table of the scenario file. For a year and the baseline of that year it gives parameters that
fill the wedge slots of the equations, and names the equations it activates; it never rewrites an equation.
"""

from cge.policies.base import Facts, Instrument, PolicyError
from cge.policies.border import Border, ForeignLevy
from cge.policies.coverage import Coverage
from cge.policies.efficiency import Efficiency
from cge.policies.intensity import IntensityCap
from cge.policies.network import Network
from cge.policies.power import RenewableStandard, TechnologySubsidy
from cge.policies.removals import Removals, Sinks
from cge.policies.revenue import Revenue
from cge.policies.standard import PerformanceStandard
from cge.policies.storage import Storage
from cge.policies.tax import Tax
from cge.policies.transfers import Transfers

__all__ = [
    "Border", "Coverage", "Efficiency", "Facts", "ForeignLevy", "Instrument", "IntensityCap", "Network",
    "PerformanceStandard", "PolicyError", "Removals", "RenewableStandard", "Revenue", "Sinks", "Storage",
    "Tax", "TechnologySubsidy", "Transfers",
]  # fmt: skip
