"""The flagship experiment by the way in from Python; makes all that `cge compare` makes."""

from __future__ import annotations

from pathlib import Path

import cge

HERE = Path(__file__).parent
STUDY, RESULTS = HERE / "scenarios.toml", HERE.parents[1] / "results" / "cap_comparison"


def main(study: Path | cge.Study = STUDY, folder: Path = RESULTS) -> cge.Results:
    """Solve and draw; what the folder holds of the same question is not done again."""
    results = cge.run(study, folder, workers=2, progress=print)
    results.report(folder, workers=2)
    return results


if __name__ == "__main__":
    print(main())
