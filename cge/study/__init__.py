"""A question and its answer: study file, model, run, results."""
