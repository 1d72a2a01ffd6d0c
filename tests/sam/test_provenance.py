"""Records of carried data against the files."""

import shutil

import pytest

from sam import provenance
from sam.tables import DATA


def test_shipped_data_match_their_records():
    provenance.verify_sources()


def test_all_faults_at_once(tmp_path):
    shutil.copytree(DATA / "tables", tmp_path / "tables")
    records = tmp_path / "sources.toml"
    records.write_bytes(provenance.RECORDS.read_bytes())
    (tmp_path / "tables" / "sectors.csv").write_text("changed")
    (tmp_path / "tables" / "gdp_2021.csv").unlink()
    (tmp_path / "tables" / "new.csv").write_text("a,b\n")
    faults = " ".join(provenance.faults_of_sources(records))
    for word in ("sectors.csv", "gdp_2021.csv: file is missing", "new.csv: file has no record"):
        assert word in faults
    with pytest.raises(provenance.ProvenanceError, match="3 faults"):
        provenance.verify_sources(records)
