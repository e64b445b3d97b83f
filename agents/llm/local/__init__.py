"""A local LLM: one model file that `hone llm install` puts into the workspace and `hone serve` serves on loopback."""
