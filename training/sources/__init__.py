"""Where pairs come from: each source is one function, and `table.py` names them."""
