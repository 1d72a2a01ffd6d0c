"""The flagship experiment, as shipped: `python experiments/cap_comparison/run.py`."""

from pathlib import Path

from cge.study.run import run_compare
from cge.study.scenario import default_study_path, load_study

RESULTS = Path(__file__).resolve().parents[2] / "results"

if __name__ == "__main__":
    summary = run_compare(load_study(default_study_path()), out=RESULTS, force=True, progress=print)
    print(*summary["table"], sep="\n")
