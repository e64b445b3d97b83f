"""How good retrieval and answers are, how sure that is, and the questions behind it."""
