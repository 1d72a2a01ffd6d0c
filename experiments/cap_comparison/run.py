"""The flagship experiment, as shipped: `python experiments/cap_comparison/run.py`."""

from pathlib import Path

from cge.study.run import run
from cge.study.scenario import default_study_path, load_study

RESULTS = Path(__file__).resolve().parents[2] / "results"

if __name__ == "__main__":
    study = load_study(default_study_path())
    results = run(study, folder=RESULTS / study.id, force=True, progress=print)
    print(*results.table, sep="\n")
