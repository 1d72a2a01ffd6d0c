"""The way in from Python: studies, baselines, instruments and results as objects, with labelled tables in and out."""
