"""The theory made readable: cells taken apart, equations as pages."""
