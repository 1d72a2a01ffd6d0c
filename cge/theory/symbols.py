"""The model's dictionary: every set, variable and parameter, declared once.

Names follow the IFPRI standard model (Lofgren, Harris, Robinson 2002) where it has one: ``P*`` price,
``Q*`` quantity, ``Y*`` income. Quantities are in 1e8 yuan at base-year prices and prices are 1 in the
base year unless the unit says otherwise. The permit price is in 100 yuan per tonne (1e8 yuan per Mt).
``degree=1`` marks what is in money of the numeraire; defined variables follow from their definitions.
"""

from __future__ import annotations

from cge.language.algebra import Theory
from cge.theory.closures import OF_COUNTRY, SWAPPED
from cge.theory.nests import CLAY, CLAY_INPUTS, NESTS

VALUE = "1e8 CNY at base-year prices"
MONEY = "1e8 CNY"
INDEX = "index, base year = 1"
SHARE = "fraction"
MT = "Mt CO2"
TWH = "TWh"
PERMIT = "100 CNY per t CO2"
YUAN_PER_TONNE = 100.0
"""Yuan per tonne in one unit of the permit price."""

UNITS = {
    VALUE: "money", MONEY: "money", INDEX: "1", "0/1": "1", MT: "Mt", PERMIT: "money/Mt", f"{PERMIT}, real": "money/Mt",
    "1e8 CNY per TWh": "money/TWh", "1e8 CNY per TWh and unit share": "money/TWh", "1e8 CNY per Mt CO2": "money/Mt",
    f"{PERMIT} per Mt": "money/Mt^2", "Mt per 1e8 CNY": "Mt/money", "1 per 1e8 CNY": "1/money",
    "1e8 foreign units": "money",
}  # fmt: skip
"""What units say as products of words, in which no statement may add unlike terms; money is 1e8 yuan, at current prices
or at those of the base year. What goes by unit of an activity, 1e8 yuan or TWh, says nothing."""

T = Theory("provincial CGE", units=UNITS)

# ---------------------------------------------------------------- sets
R = T.set("r", "provinces")
C = T.set("c", "commodities")
A = T.set("a", "activities")
H = T.set("h", "households")
M = T.set("m", "permit markets")
I = T.set("i", "industries")
N = T.set("n", "countries")
r, s = R.index("r"), R.index("s")
c = C.index("c")
a, b = A.index("a"), A.index("b")
h = H.index("h")
m = M.index("m")
i = I.index("i")
n = N.index("n")

_v, _p = T.variable, T.parameter
EASED = frozenset({"eased"})
"""Tag of parameters that a path to a policy may begin at zero."""
SHARED = frozenset({"shared"})
"""Tag of parameters to which every instrument adds its own part."""
POLICY_ONLY = frozenset({"policy only"})
"""Tag of parameters without effect where carbon has no price and lines no limit: the baseline stays when they move."""
GROWING = frozenset({"growing"})
"""Tag of variables that are first guessed to grow with the GDP of their province."""

# ---------------------------------------------------------------- core variables
PX = _v("PX", (C, R), degree=1, unit=INDEX, description="producer price of the commodity")
QA = _v("QA", (A, R), tags=GROWING, default="qa0", unit=VALUE, description="activity level (not generation)")
QB = _v("QB", (R,), exists="grid", tags=GROWING, default="qb0", unit=TWH, description="busbar generation")
W = _v("W", (R,), tags=GROWING, degree=1, unit=INDEX, description="wage")
RK = _v("RK", (R,), given=True, degree=1, unit=INDEX, description="rental rate of capital")
PR = _v("PR", (A, R), exists="res", degree=1, unit=INDEX,
        description="rent of the natural resource, land or site", limited=False)  # fmt: skip
VRE = _v("VRE", (R,), exists="grid", default="vre0", unit=SHARE, description="share of wind and solar in generation",
         log=False)  # fmt: skip
EXR = _v("EXR", (), exists="abroad", degree=1, unit=INDEX, description="exchange rate")
PTR = _v("PTR", (R,), degree=1, unit=INDEX, description="price of transport that comes with goods of other provinces")
QMG = _v("QMG", (R,), exists="qmg0", tags=GROWING, default="qmg0", unit=VALUE,
         description="transport that comes with goods of other provinces")  # fmt: skip
PCO2 = _v("PCO2", (M,), given=True, degree=1, unit=PERMIT, description="permit price of a market", log=False)
LST = _v("LST", (R,), tags=GROWING, default="lst_ref", degree=1, unit=MONEY,
         description="lump-sum transfer to households of the province", log=False)  # fmt: skip
TFP = _v("TFP", (R,), given=True, tags=GROWING, unit=INDEX, description="productivity of value added, or of its labour")
PROG = _v("PROG", (A, R), given=True, exists="gen", unit=INDEX,
          description="productivity of labour and capital in a generation technology")  # fmt: skip
EFF = _v("EFF", (R,), given=True, unit=INDEX, description="efficiency of energy use outside generation and feedstock")
ELS = _v("ELS", (R,), given=True, unit=INDEX,
         description="electricity over other energy of firms and homes, at the same cost")  # fmt: skip
DRIFT = _v("DRIFT", (I,), given=True, exists="inn", unit=INDEX,
           description="demand for goods of an industry over those of the secondary one, at the same cost")  # fmt: skip
RKN = _v("RKN", (N,), given=True, unit=INDEX,
         description="national return of capital over the baseline, where capital is pooled")  # fmt: skip
WN = _v("WN", (N,), given=True, unit=INDEX,
        description="national wage over the baseline, where labour moves between provinces")  # fmt: skip
SVR = _v("SVR", (N,), given=True, unit=INDEX, description="saving rates over those of the baseline")
FSX = _v("FSX", (N,), given=True, unit=INDEX, description="foreign saving over its path")
GAP = _v("GAP", (), given=True, exists="closed", degree=1, unit=SHARE, log=False,
         description="saving from nowhere over GDP, zero by Walras' law, where nothing is abroad")  # fmt: skip
RM = _v("RM", (R,), given=True, exists="rmax", unit=MT, description="CO2 removed from the air at a price", log=False)
PGC = _v("PGC", (R,), given=True, exists="rps", degree=1, unit="1e8 CNY per TWh",
         description="price of green certificates",
         log=False)  # fmt: skip
PLX = _v("PLX", (R, R), given=True, exists="lmax", degree=1, unit="1e8 CNY per TWh",
         description="congestion rent of the line from r to s", log=False)  # fmt: skip
RCC = _v("RCC", (A,), given=True, exists="cmax", unit=f"{PERMIT}, real",
         description="rent of capture where the activity nears its ceiling", log=False)  # fmt: skip
RCT = _v("RCT", (), given=True, unit=f"{PERMIT}, real", default=0.0,
         description="rent of capture where all of it nears its ceiling", log=False)  # fmt: skip
PLQ = _v("PLQ", (A, M), given=True, exists="qlim", unit="1e8 CNY per unit, real",
         description="shadow price of a floor or ceiling of output", log=False)  # fmt: skip
PLC = _v("PLC", (M,), given=True, exists="klim", unit=f"{PERMIT}, real",
         description="shadow price of a floor or ceiling of capture", log=False)  # fmt: skip
PST = _v("PST", (R,), given=True, exists="stmax", degree=1, unit=PERMIT, description="rent of CO2 storage", log=False)
FUND = _v("FUND", (N,), degree=1, unit=MONEY, description="carbon revenue shared nationally per head", log=False)
FUNDO = _v("FUNDO", (N,), degree=1, unit=MONEY, description="carbon revenue left to owners of capital", log=False)
YK = _v("YK", (R,), default="yk_ref", degree=1, unit=MONEY,
        description="capital and resource income paid to households of the province", log=False)  # fmt: skip
CUTP = _v("CUTP", (R,), given=True, unit=SHARE,
          description="cut of the production tax paid from carbon revenue", log=False)  # fmt: skip
CUTL = _v("CUTL", (R,), given=True, unit=SHARE,
          description="cut of the tax on labour paid from carbon revenue", log=False)  # fmt: skip
RKX = _v("RKX", (A, R), given=True, default=1.0, unit="1",
         description="return of capital in the activity over that of its province", log=False)  # fmt: skip
KEEP = _v("KEEP", (A, R), given=True, default=1.0, unit=SHARE,
          description="part of old equipment that is not scrapped", log=False)  # fmt: skip
SPARE = _v("SPARE", (A, R), given=True, exists="qold", unit=SHARE,
           description="part of its gain that old equipment loses to buyers; above 1, 1 and the part of it that stands "
           "idle", log=False)  # fmt: skip
RKP = _v("RKP", (R,), given=True, unit="1", description="mean return of capital over that of capital that moves")
UNR = _v("UNR", (R,), given=True, unit=INDEX, description="unemployment rate")
ENT = _v("ENT", (R,), default="em0", unit=MT, description="permits the province is entitled to", log=False)
GX = _v("GX", (R,), given=True, unit=INDEX, description="real government purchases over their path")

# ---------------------------------------------------------------- defined variables
DRC = _v("DRC", (C,), unit=INDEX, description="drift of the demand for a commodity")
DRM = _v("DRM", (A, R), unit=INDEX, description="mean drift over the materials of an activity and its other inputs")
DRH = _v("DRH", (H, R), unit=INDEX, description="mean drift over the marginal budget of a household")
ELH = _v("ELH", (H, R), unit=INDEX, description="what the electricity of a household takes from its other energy")
TFV = _v("TFV", (A, R), unit=INDEX, description="value added got from a unit of the bundle of labour and capital")
TFL = _v("TFL", (R,), unit=INDEX, description="effective labour in a unit of labour")
PPM = _v("PPM", (R,), unit=PERMIT, description="permit price in the province")
TAU = _v("TAU", (R,), unit=PERMIT, description="carbon price of the province, permits and tax")
TAUH = _v("TAUH", (R,), unit=PERMIT, description="carbon price faced by households")
PFR = _v("PFR", (A, R), unit=PERMIT, description="worth of a permit given free to the activity")
CPAY = _v("CPAY", (R,), unit=MONEY, description="carbon payments of activities and households")
TAUA = _v("TAUA", (A, R), unit=PERMIT, description="carbon price faced by the activity")
SBQ = _v("SBQ", (A, R), unit="1e8 CNY per unit, real",
         description="what a unit of output is paid for floors less what it is charged for ceilings", log=False,
         default=0.0)  # fmt: skip
SBC = _v("SBC", (A, R), unit=f"{PERMIT}, real",
         description="what a tonne captured is paid for floors less what it is charged for ceilings", log=False,
         default=0.0)  # fmt: skip
PA = _v("PA", (A, R), unit=INDEX, description="output price of the activity")
PXB = _v("PXB", (R,), unit=INDEX, description="busbar price of electricity")
CG = _v("CG", (A, R), unit="1e8 CNY per TWh", description="cost of a technology with integration")
PDC = _v("PDC", (C, R), unit=INDEX, description="price of the composite of provincial origins")
PQ = _v("PQ", (C, R), unit=INDEX, description="price of absorption")
PINV = _v("PINV", (R,), unit=INDEX, description="price of the capital good")
KAP = _v("KAP", (A, R), unit=PERMIT, description="carbon cost per gross tonne, net of abatement gain")
KAPH = _v("KAPH", (R,), unit=PERMIT, description="carbon cost per gross tonne of households")
SPA = _v("SPA", (A, R), unit=f"{PERMIT}, real",
         description="what abatement costs per gross tonne: capital goods, carriers, less fuel saved")  # fmt: skip
SPAH = _v("SPAH", (R,), unit=f"{PERMIT}, real", description="the same of households")
ECC = _v("ECC", (A, R), unit=PERMIT, description="energy that capture takes per tonne", log=False, default=0.0)
ZCC = _v("ZCC", (A, R), unit=f"{PERMIT}, real",
         description="what a tonne captured saves less its energy, storage and rents", log=False,
         default=0.0)  # fmt: skip
PMS = _v("PMS", (A, R), unit=INDEX,
         description="price of measures of abatement: capital goods, carriers less fuel saved")  # fmt: skip
PMSH = _v("PMSH", (R,), unit=INDEX, description="the same of measures of households")
XCC = _v("XCC", (A, R), unit=SHARE, description="share of gross emissions captured and stored", default=0.0)
XDI = _v("XDI", (A, R), unit=SHARE,
         description="share of its fuel that an activity no longer buys, as it abates", default=0.0)  # fmt: skip
XDIH = _v("XDIH", (R,), unit=SHARE,
          description="share of their fuel that households no longer buy, as they abate", default=0.0)  # fmt: skip
QPK = _v("QPK", (A, R), unit=VALUE,
         description="carriers that an activity buys in place of displaced fuel", default=0.0)  # fmt: skip
QPKH = _v("QPKH", (R,), unit=VALUE, description="carriers that households buy in place of displaced fuel", default=0.0)
SFU = _v("SFU", (A, R), unit=MONEY,
         description="fuel that abatement saves an activity less carriers in its place", default=0.0)  # fmt: skip
SFUH = _v("SFUH", (R,), unit=MONEY,
          description="fuel that abatement saves households less carriers in its place", default=0.0)  # fmt: skip
CAPT = _v("CAPT", (A,), unit=MT, description="CO2 captured of an activity in the nation", default=0.0)
CAPN = _v("CAPN", (), unit=MT, description="CO2 captured in the nation")
STO = _v("STO", (R,), unit=MT, description="CO2 stored from activities of the province")
XAB = _v("XAB", (A, R), unit=SHARE, description="abated share of gross emissions")
XABH = _v("XABH", (R,), unit=SHARE, description="abated share of household emissions")
PN = {n.name: _v(f"P_{n.name}", (A, R), unit=INDEX, description=f"price of the {n.label}") for n in NESTS}
QN = {n.name: _v(f"Q_{n.name}", (A, R), unit=VALUE, description=f"quantity of the {n.label}") for n in NESTS}
VOLD = _v("VOLD", (A, R), unit=INDEX, description=f"what old equipment pays to make a unit of {CLAY.label}")
GAIN = _v("GAIN", (A, R), unit=INDEX, description=f"gain of old equipment over new per unit of {CLAY.label}",
          log=False, default=0.0)  # fmt: skip
QOLD = _v("QOLD", (A, R), unit=VALUE, description=f"{CLAY.label} made by old equipment", log=False, default=0.0)
LEVEL = _v("LEVEL", (A, R), unit=VALUE, description="output of every activity, generation included")
SG = _v("SG", (A, R), unit=SHARE, description="share of a technology in the TWh of its province")
CPI = _v("CPI", (N,), unit=INDEX, description="national consumer price index")
WG = _v("WG", (R,), unit="1", description="sum of logit weights over technologies")
WB = _v("WB", (R,), unit="1", description="sum of logit weights over origins of electricity")
SB = _v("SB", (R, R), unit=SHARE, description="share of origin r in the busbar electricity that s buys")
PBD = _v("PBD", (R,), unit="1e8 CNY per TWh", description="price of delivered busbar electricity")
DB = _v("DB", (R,), unit=TWH, description="busbar electricity bought", default=0.0)
LD = _v("LD", (R,), unit=VALUE, description="demand for labour")
KD = _v("KD", (R,), unit=VALUE, description="demand for capital services")
DR = _v("DR", (A, R), unit=VALUE, description="demand for the resource of an activity")
YLOC = _v("YLOC", (R,), unit=MONEY, description="capital and resource income earned in the province")
YPOOL = _v("YPOOL", (N,), unit=MONEY, description="capital and resource income of all provinces of a country")
TAXR = _v("TAXR", (R,), unit=MONEY, description="tax revenue of the province")
CRES = _v("CRES", (N,), unit=MONEY, description="central budget balance, paid to households")
TRH = _v("TRH", (R,), unit=MONEY, description="provincial budget balance before carbon revenue")
CREV = _v("CREV", (R,), unit=MONEY, description="carbon revenue of the province")
YF = _v("YF", (H, R), unit=MONEY, description="factor income of the household")
YD = _v("YD", (H, R), unit=MONEY, description="disposable income of the household")
SAV = _v("SAV", (N,), unit=MONEY, description="national saving")
WINV = _v("WINV", (N,), unit="1", description="sum of investment weights")
INV = _v("INV", (R,), unit=VALUE, description="gross fixed capital formation")
QAB = _v("QAB", (R,), unit=VALUE, description="capital goods used for abatement and integration")
PHE = _v("PHE", (H, R), unit=INDEX, description="price of the energy that households buy")
SUPN = _v("SUPN", (H, R), unit=MONEY, description="supernumerary expenditure")
QHE = _v("QHE", (H, R), unit=VALUE, description="energy that households buy")
QH = _v("QH", (C, H, R), unit=VALUE, description="household consumption", default=0.0)
QINT = _v("QINT", (C, R), unit=VALUE, description="intermediate demand")
QQ = _v("QQ", (C, R), unit=VALUE, description="absorption")
QDC = _v("QDC", (C, R), unit=VALUE, description="composite of provincial origins")
QPU = _v("QPU", (C, R), unit=VALUE, description="purchases from all provinces at base prices")
QM = _v("QM", (C, R), unit=VALUE, description="imports at cif value")
QE = _v("QE", (C, R), unit=VALUE, description="exports abroad", default=0.0)
EM = _v("EM", (R,), unit=MT, description="emissions net of abatement")
EMA = _v("EMA", (A, R), unit=MT, description="gross emissions of an activity before abatement")
EMH = _v("EMH", (R,), unit=MT, description="gross emissions of households before abatement")
EMC = _v("EMC", (R,), unit=MT, description="emissions covered by the permit market, net of abatement")
OBA = _v("OBA", (R,), unit=MT, description="permits given free per output")
QRM = _v("QRM", (R,), unit=VALUE, description="goods used for removals")
PIM = _v("PIM", (C, R), unit=INDEX, description="price of imports before duty, border levy included")
GDPB = _v("GDPB", (R,), unit=VALUE, description="GDP at base-year prices, expenditure side")

# ---------------------------------------------------------------- parameters: technology
sig = {
    n.name: _p(f"sigma_{n.name}", (A, R) if n.local else (A,), unit="1", description=f"elasticity in the {n.label}")
    for n in NESTS
}
th_c = {
    n.name: _p(f"theta_c_{n.name}", (C, A, R), unit=SHARE, description=f"commodity shares in the {n.label}")
    for n in NESTS
    if n.commodities
}
th_n = {
    n.name: _p(f"theta_n_{n.name}", (A, R), unit=SHARE, description=f"share of the {n.label} in its parent")
    for n in NESTS
    if n.parent
}
th_f = {
    f: _p(f"theta_{f}", (A, R), unit=SHARE, description=f"share of {f} in its nest") for n in NESTS for f in n.factors
}
act = _p("act", (A, R), unit="0/1", description="activity exists")
sector = _p("sector", (A, R), unit="0/1", description="activity exists and is not generation")
gen = _p("gen", (A, R), unit="0/1", description="generation technology exists")
res = _p("res", (A, R), unit="0/1", description="activity uses a resource, land or site")
make = _p("make", (A, C), unit="0/1", description="commodity made by the activity")
ta = _p("ta", (A, R), unit=SHARE, description="net production tax per output")
tout = _p("tout", (A, R), tags=EASED, unit=SHARE, default=0.0,
          description="tax on output that a policy adds, of the price of the activity")  # fmt: skip
aeei = _p("aeei", (A,), unit="0/1", description="efficiency applies to the energy nest of the activity")
save = _p("save", (A, R), unit=INDEX, description="energy service of a unit of the energy bundle, over the baseline's",
          default=1.0, lower=0.0)  # fmt: skip
burn = _p("burn", (A, R), unit=INDEX, default=1.0, lower=0.0,
          description="output of a unit of the bundle of materials and KLE, over the baseline's")  # fmt: skip
# what is observed of industries and of electricity
ina = _p("ina", (A, I), unit="0/1", default=0.0, description="activity of the industry")
inc = _p("inc", (C, I), unit="0/1", default=0.0, description="commodity of the industry")
inn = _p("inn", (I,), unit=VALUE, default=0.0, description="benchmark value added of the industry in the nation")
mat = _p("mat", (C,), unit="0/1", default=0.0, description="commodity is no energy")
room = _p("room", (A, R), unit=SHARE, default=1.0, description="share of all but energy in the nest of materials")
elc = _p("elc", (C,), unit="0/1", default=0.0, description="commodity is delivered electricity")
in_seen = _p("in_seen", (), unit="0/1", default=0.0, description="shares of industries are given in the baseline")
in_target = _p("in_target", (I,), unit=SHARE, default=0.0, description="share of the industry in value added")
drift_last = _p("drift_last", (I,), unit=INDEX, default=1.0, description="DRIFT of the last year")
el_seen = _p("el_seen", (R,), unit="0/1", default=0.0, description="use of electricity is given in the baseline")
el_target = _p("el_target", (R,), unit=TWH, default=1.0, description="busbar electricity bought")
els_last = _p("els_last", (R,), unit=INDEX, default=1.0, description="ELS of the last year")
# power
grid = _p("grid", (R,), unit="0/1", description="electricity is generated by technologies and sold at a busbar")
c0g = _p("c0g", (A, R), unit="1e8 CNY per TWh", description="benchmark cost of a technology")
sg_ref = _p("sg_ref", (A, R), unit=SHARE, description="reference share of a technology in the year")
pg_ref = _p("pg_ref", (A, R), degree=1, unit="1e8 CNY per TWh",
            description="reference cost of a technology in the year")  # fmt: skip
gamma_g = _p("gamma_g", (), unit="1", description="logit exponent among technologies")
vre = _p("vre", (A,), unit="0/1", description="intermittent technology")
vre0 = _p("vre0", (R,), unit=SHARE, description="share of wind and solar in the base year")
ic = _p("ic", (), unit="1e8 CNY per TWh and unit share", description="slope of the integration cost")
gcost = _p("gcost", (A,), unit=INDEX, description="technology cost index of the year")
fc = _p("fc", (), unit="1e8 CNY per TWh", description="cost of firm capacity behind a TWh of wind or solar")
even = _p("even", (), unit="0/1", default=0.0, description="the mix is the baseline's own")
site = _p("site", (A, R), unit="1e8 CNY per TWh", default=0.0,
          description="real cost that keeps a technology at its share in the baseline, policy runs only")  # fmt: skip
spread = _p("spread", (R,), unit="1e8 CNY per TWh", default=0.0,
            description="spread of costs over places and hours behind the logit among technologies, policy runs only",
            )  # fmt: skip
pb0 = _p("pb0", (R,), unit="1e8 CNY per TWh", description="benchmark busbar price")
net0 = _p("net0", (R, R), unit=SHARE, description="share of origin r in the busbar electricity of s")
pb_ref = _p("pb_ref", (R,), degree=1, unit=INDEX, description="reference busbar price index of the year")
gamma_n = _p("gamma_n", (), unit="1", description="logit exponent among origins")
lmax = _p("lmax", (R, R), tags=POLICY_ONLY, unit=TWH,
          description="most electricity that the line from r to s carries, 0 without a limit", default=0.0,
          lower=0.0)  # fmt: skip
pbd0 = _p("pbd0", (R,), unit="1e8 CNY per TWh", description="benchmark price of delivered busbar electricity")
busbar = _p("busbar", (C,), unit="0/1", description="commodity is busbar electricity")
goods = _p("goods", (C,), unit="0/1", description="commodity is traded by Armington")
made = _p("made", (C, R), unit="0/1", description="commodity is made in the province")
used = _p("used", (C, R), unit="0/1", description="commodity is absorbed in the province")
# ---------------------------------------------------------------- parameters: trade
sigma_m = _p("sigma_m", (C,), unit="1", description="elasticity imports against provincial composite")
sigma_d = _p("sigma_d", (C,), unit="1", description="elasticity between provincial origins")
eta_e = _p("eta_e", (C,), unit="1", description="elasticity of export demand")
thm = _p("thm", (C, R), unit=SHARE, description="share of imports with duty in absorption")
thd = _p("thd", (C, R, R), unit=SHARE, description="share of origin r in the composite of s")
mg = _p("mg", (C, R, R), unit=SHARE, description="share of transport in the delivered value of origin r in s")
carries = _p("carries", (C,), unit="0/1", description="commodity carries goods between provinces")
qmg0 = _p("qmg0", (R,), unit=VALUE, description="benchmark transport margins, scale of their market")
tm = _p("tm", (C, R), unit=SHARE, description="import duty rate")
e0 = _p("e0", (C, R), unit=VALUE, description="benchmark exports")
grow = _p("grow", (N,), unit=INDEX, description="national real GDP of the year over the base year")
# ---------------------------------------------------------------- parameters: carbon
eps = {
    n.name: _p(
        f"eps_{n.name}", (C, A, R), unit="Mt per 1e8 CNY", description=f"emission coefficient of fuel in the {n.label}"
    )
    for n in NESTS
    if n.commodities
}
burns = _p("burns", (R,), unit="0/1", description="carbon of fuel is known in the province")
epsp = _p("epsp", (A, R), unit="Mt per 1e8 CNY", description="process emissions per output")
epsh = _p("epsh", (C, H, R), unit="Mt per 1e8 CNY", description="emission coefficient of household fuel")
hab = _p("hab", (A,), tags=POLICY_ONLY, unit=PERMIT,
         description="price at which half of the abatement potential is used")  # fmt: skip
xmax = _p("xmax", (A,), tags=POLICY_ONLY, unit=SHARE, description="abatement potential")
ccs = _p("ccs", (A,), tags=POLICY_ONLY, unit=SHARE, description="part of the abatement potential that is capture",
         default=0.0, lower=0.0, upper=1.0)  # fmt: skip
displaces = _p("displaces", (), tags=POLICY_ONLY, unit="0/1", description="what abates otherwise than by capture "
               "displaces its fuel, and capture takes energy", default=0.0)  # fmt: skip
swap = _p("swap", (C, A, R), tags=POLICY_ONLY, unit="1",
          description="carriers that replace a unit of a fuel where abatement is used in full",
          default=0.0)  # fmt: skip
pack = _p("pack", (C, A, R), tags=POLICY_ONLY, unit=SHARE, description="share of a carrier among those that replace "
          "fuel", default=0.0)  # fmt: skip
swaph = _p("swaph", (C, H, R), tags=POLICY_ONLY, unit="1", description="the same of a fuel of households",
           default=0.0)  # fmt: skip
packh = _p("packh", (C,), tags=POLICY_ONLY, unit=SHARE, description="the same of carriers of households",
           default=0.0)  # fmt: skip
pq_ref = _p("pq_ref", (C, R), tags=POLICY_ONLY, unit="1", default=1.0,
            description="price of absorption over that of the capital good in the baseline")  # fmt: skip
wms = _p("wms", (C, A, R), tags=POLICY_ONLY, unit="1", default=0.0,
         description="weight of a carrier, and of fuel that is saved, in the cost of measures")  # fmt: skip
wmsh = _p("wmsh", (C, R), tags=POLICY_ONLY, unit="1", default=0.0, description="the same of measures of households")
habc = _p("habc", (A,), tags=POLICY_ONLY, unit=PERMIT,
          description="price beyond its energy at which half of the potential of capture is used",
          default=1.0)  # fmt: skip
capuse = _p("capuse", (C, A, R), tags=POLICY_ONLY, unit="1e8 CNY per Mt CO2",
            description="energy that capture takes per tonne", default=0.0)  # fmt: skip
cmax = _p("cmax", (A,), tags=POLICY_ONLY, unit=MT, description="ceiling of capture of the activity in the nation, 0 "
          "without one", default=0.0, lower=0.0)  # fmt: skip
ctot = _p("ctot", (), tags=POLICY_ONLY, unit=MT, description="ceiling of all capture in the nation", default=1e9)
crent = _p("crent", (), tags=POLICY_ONLY, unit=f"{PERMIT}, real", description="rent of capture at its ceiling",
           default=1.0)  # fmt: skip
keeps = _p("keeps", (R,), unit="0/1", description="captured CO2 can be stored", default=1.0)
stmax = _p("stmax", (R,), tags=POLICY_ONLY, unit=MT, description="most CO2 stored in a year, 0 without a limit",
           default=0.0, lower=0.0)  # fmt: skip
stcost = _p("stcost", (R,), tags=POLICY_ONLY, unit=PERMIT,
            description="cost of storage beyond that of the cost curve", default=0.0, lower=0.0)  # fmt: skip
habh = _p("habh", (), tags=POLICY_ONLY, unit=PERMIT, description="half cost of households")
xmaxh = _p("xmaxh", (), tags=POLICY_ONLY, unit=SHARE, description="abatement potential of households")
member = _p("member", (M, R), unit="0/1", description="province belongs to the permit market")
market = _p("market", (M,), unit="0/1", description="permit market exists")
cap = _p("cap", (R,), unit=MT, description="cap held by the province")
cap0 = _p("cap0", (M,), unit=MT, description="base-year emissions of the market, scale of its cap")
traded = _p("traded", (R,), unit="0/1", description="permits of the province may be traded")
tax = _p("tax", (R,), tags=EASED, degree=1, unit=PERMIT, description="carbon tax")
cover = _p("cover", (A, R), unit="0/1", description="activity is covered by the permit market", default=1.0)
coverh = _p("coverh", (R,), unit="0/1", description="households are covered by the permit market", default=1.0)
covt = _p("covt", (A, R), unit="0/1", description="activity is covered by the carbon tax", default=1.0)
covth = _p("covth", (R,), unit="0/1", description="households are covered by the carbon tax", default=1.0)
free = _p("free", (A, R), tags=EASED, unit="Mt per 1e8 CNY", description="permits given free per output", default=0.0)
rated = _p("rated", (R,), unit="0/1", description="permits given per output are the entitlement", default=0.0)
inten = _p("inten", (R,), unit="Mt per 1e8 CNY", description="emissions allowed per real GDP", default=0.0)
sinks = _p("sinks", (R,), tags=EASED, unit=MT, description="exogenous sinks that count for the cap", default=0.0)
rcost = _p("rcost", (R,), unit=PERMIT, description="cost of the first tonne removed", default=0.0, lower=0.0)
rslope = _p("rslope", (R,), unit=f"{PERMIT} per Mt", description="rise of the cost of removals", default=0.0, lower=0.0)
rmax = _p("rmax", (R,), unit=MT, description="limit of removals", default=0.0, lower=0.0)
usei = _p("usei", (R,), unit=SHARE, description="carbon revenue added to saving", default=0.0, lower=0.0, upper=1.0)
useo = _p("useo", (R,), unit=SHARE, description="carbon revenue left to owners of capital", default=0.0, lower=0.0,
          upper=1.0)  # fmt: skip
usen = _p("usen", (R,), unit=SHARE, description="carbon revenue shared nationally per head", default=0.0, lower=0.0,
          upper=1.0)  # fmt: skip
heads = _p("heads", (H, R), unit=SHARE, description="share of the household in national population", default=0.0)
green = _p("green", (A,), unit="0/1", description="technology earns green certificates", default=0.0)
rps = _p("rps", (R,), unit=SHARE, description="least share of green technologies in generation", default=0.0)
gsub = _p("gsub", (A, R), tags=EASED, unit="1e8 CNY per TWh", description="real subsidy of a technology", default=0.0)
qof = _p("qof", (A, A), tags=SHARED, unit="0/1", default=0.0,
         description="activity counts for the limits of output that another leads")  # fmt: skip
qin = _p("qin", (A, M, R), tags=SHARED, unit="0/1", description="province counts for a limit of output", default=0.0)
qsign = _p("qsign", (A, M), tags=SHARED, unit="1", description="1 for a floor of output, -1 for a ceiling", default=0.0)
qlim = _p("qlim", (A, M), tags=SHARED, unit=f"{VALUE}, or TWh", default=0.0, lower=0.0,
          description="floor or ceiling of output, 0 where there is none")  # fmt: skip
qfor = _p("qfor", (A, R), tags=SHARED, unit="0/1", description="output counts for a limit", default=0.0)
kof = _p("kof", (A, M), unit="0/1", description="activity counts for a limit of capture", default=0.0)
kin = _p("kin", (M, R), unit="0/1", description="province counts for a limit of capture", default=0.0)
ksign = _p("ksign", (M,), unit="1", description="1 for a floor of capture, -1 for a ceiling", default=0.0)
klim = _p("klim", (M,), unit=MT, description="floor or ceiling of capture, 0 where there is none", default=0.0,
          lower=0.0)  # fmt: skip
kfor = _p("kfor", (A, R), unit="0/1", description="capture counts for a limit", default=0.0)
bcm = _p("bcm", (C, R), tags=EASED, unit="Mt per 1e8 CNY",
         description="carbon content of imports that the border levy counts", default=0.0)  # fmt: skip
bcx = _p("bcx", (C, R), tags=EASED, unit="Mt per 1e8 CNY", description="carbon content of exports that is rebated",
         default=0.0)  # fmt: skip
cbam = _p("cbam", (C, R), tags=EASED, unit=SHARE,
          description="carbon levy of other countries on exports, without credit", default=0.0)  # fmt: skip
bcf = _p("bcf", (C, R), unit="Mt per 1e8 CNY", description="carbon content of exports that other countries levy",
         default=1.0)  # fmt: skip
flevy = _p("flevy", (), degree=1, unit="100 CNY per t CO2", description="carbon price of other countries", default=1.0)
# ---------------------------------------------------------------- parameters: factors, income, demand
labour = _p("labour", (R,), unit=VALUE, description="supply of labour")
pace = _p("pace", (A, R), unit=INDEX, description="productivity of the activity over that of its province",
          default=1.0, lower=0.0)  # fmt: skip
harrod = _p("harrod", (), unit=SHARE, description="part of productivity that makes labour effective, in exponents",
            default=0.0)  # fmt: skip
u0 = _p("u0", (), unit=SHARE, description="unemployment rate of the base year")
wc = _p("wc", (), unit="1", description="elasticity of the wage with respect to unemployment")
mob = _p("mob", (), unit="1", description="elasticity of labour supply to the relative wage of the province", lower=0.0)
eta_k = _p("eta_k", (), unit="1", description="elasticity of capital supply between activities", lower=0.0)
kshr = _p("kshr", (A, R), unit=SHARE, description="baseline share of the activity in capital of its province",
          default=0.0)  # fmt: skip
kold = _p("kold", (A, R), unit=VALUE, description="capital in old equipment, which cannot leave the activity",
          default=0.0, lower=0.0)  # fmt: skip
qold = _p("qold", (A, R), unit=VALUE, description=f"most {CLAY.label} that old equipment can make", default=0.0,
          lower=0.0)  # fmt: skip
lold = _p("lold", (A, R), unit="1", description=f"labour of old equipment per unit of {CLAY.label}", default=0.0,
          lower=0.0)  # fmt: skip
cold = {
    n.name: _p(f"cold_{n.name}", (C, A, R), unit="1", description="energy service of old equipment per unit of "
               f"{CLAY.label}, from commodities of the {n.label}", default=0.0, lower=0.0)
    for n in CLAY_INPUTS
}  # fmt: skip
kd0 = _p("kd0", (R,), unit=VALUE, description="benchmark capital services")
kcarry = _p("kcarry", (R,), unit="1", description="carried capital over the base-year stock")
kinv = _p("kinv", (R,), unit="1 per 1e8 CNY", description="weight of this year's investment in capital")
rsup = _p("rsup", (A, R), unit=VALUE, description="supply of the resource")
bound = _p("bound", (A, R), unit="0/1", description="supply of the resource is given in the baseline too", default=0.0)
lsh = _p("lsh", (H, R), unit=SHARE, description="share of the household in wages of its province")
ksh = _p("ksh", (H, R), unit=SHARE, description="share of the household in national capital income")
kown = _p("kown", (H, R), unit=SHARE, description="share of the household in capital income paid in its province")
yk_ref = _p("yk_ref", (R,), unit=VALUE, description="capital income of households of the baseline",
            default=0.0)  # fmt: skip
yl_ref = _p("yl_ref", (R,), unit=VALUE, description="capital income earned in the province, baseline",
            default=0.0)  # fmt: skip
trsh = _p("trsh", (H, R), unit=SHARE, description="share of the household in transfers of its province")
cres_ref = _p("cres_ref", (N,), unit=VALUE, description="central balance of the baseline", default=0.0)
csx = _p("csx", (R,), unit=SHARE, description="share of the province in what a policy adds to the central balance")
csl = _p("csl", (R,), unit=SHARE, description="share of the province in what a policy takes from the central balance")
qprog = _p("qprog", (R,), tags=SHARED, unit=VALUE, description="capital goods that programmes of the budget use",
           default=0.0)  # fmt: skip
csh = _p("csh", (R,), unit=SHARE, description="share of the province in the central balance")
ty = _p("ty", (H, R), unit=SHARE, description="income tax rate")
shc = _p("shc", (R,), unit=SHARE, description="share of tax revenue that goes to the centre")
tc0 = _p("tc0", (R,), unit=VALUE, description="benchmark transfers from the centre")
mps = _p("mps", (H, R), unit=SHARE, description="saving rate")
ret = _p("ret", (N,), unit=SHARE, default=0.0, description="share of capital income that enterprises retain and save")
fsav = _p("fsav", (N,), unit="1e8 foreign units", description="benchmark foreign saving")
home = _p("home", (N, R), unit="0/1", description="province of the country")
abroad = _p("abroad", (), unit="0/1", description="something is traded with the rest of the world", default=1.0)
closed = _p("closed", (), unit="0/1", description="nothing is traded with the rest of the world", default=0.0)
cpw = _p("cpw", (N,), unit=SHARE, description="share of the country in benchmark consumption")
ish = _p("ish", (R,), unit=SHARE, description="benchmark share in national investment")
isc = _p("isc", (C, R), unit=SHARE, description="composition of the capital good")
g0 = _p("g0", (C, R), unit=VALUE, description="benchmark government purchases")
qmin = _p("qmin", (C, H, R), unit=VALUE, description="subsistence consumption")
beta = _p("beta", (C, H, R), unit=SHARE, description="marginal budget share")
emin = _p("emin", (H, R), unit=VALUE, description="subsistence energy service")
betae = _p("betae", (H, R), unit=SHARE, description="marginal budget share of the energy service")
saveh = _p("saveh", (R,), unit=INDEX, description="energy service of a unit of household energy, over the baseline's",
           default=1.0, lower=0.0)  # fmt: skip
the = _p("the", (C, H, R), unit=SHARE, description="share of a carrier in household energy")
sigma_he = _p("sigma_he", (), unit="1", description="elasticity inside household energy")
qh0 = _p("qh0", (C, H, R), unit=VALUE, description="benchmark consumption, weights of the CPI")
w_ref = _p("w_ref", (R,), unit=INDEX, description="wage of the baseline over consumer prices")
rk_ref = _p("rk_ref", (R,), degree=1, unit=INDEX, description="rental rate of the baseline")
chosen = {
    e: _p(f"on_{e}", (N,) if e in OF_COUNTRY else (R,), unit="0/1", default=1.0,
          description=f"the closure of the country has the equation {e}")
    for e in SWAPPED
}  # fmt: skip
kfix = _p("kfix", (R,), unit="1", description="capital of the baseline over that of the base year")
inv_ref = _p("inv_ref", (N,), unit=VALUE, description="national investment of the baseline")
exr_ref = _p("exr_ref", (N,), unit=INDEX, description="exchange rate over consumer prices in the baseline")
lst_ref = _p("lst_ref", (R,), unit=VALUE, description="lump-sum transfer of the baseline")
gdp_target = _p("gdp_target", (R,), unit=VALUE, description="baseline GDP of the year")
em_target = _p("em_target", (R,), unit=MT, description="baseline emissions of the year")
gdp0 = _p("gdp0", (R,), unit=VALUE, description="benchmark GDP, scale of macro equations")
em0 = _p("em0", (R,), unit=MT, description="base-year emissions")
qa0 = _p("qa0", (A, R), unit=VALUE, description="benchmark output, scale of activity equations")
qx0 = _p("qx0", (C, R), unit=VALUE, description="benchmark supply, scale of commodity markets")
r0 = _p("r0", (A, R), unit=VALUE, description="benchmark resource payment, scale of its market")
qb0 = _p("qb0", (R,), unit=TWH, description="benchmark generation")
