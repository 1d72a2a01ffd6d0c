"""Years one after another: baseline, policies beside it, what is kept of them."""
