"""How good answers are: measures over one answer that need no LLM, and those that do."""
