"""The OpenAI protocol, so that chat clients people already have can ask Hone."""
