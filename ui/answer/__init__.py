"""The answer as people see it: what it says, where that stands, and what to mind about it."""
