"""Ways to a better retriever, cheapest first; each is one function, and `table.py` names them."""
