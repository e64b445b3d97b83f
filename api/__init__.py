"""The door for programs: Hone's own HTTP API, the OpenAI protocol and MCP, as routes that any ASGI server may mount."""
