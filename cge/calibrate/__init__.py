"""From the balanced SAM and the parameter tables to the numbers of the equations."""
