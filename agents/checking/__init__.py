"""Whether what an answer says is what its passages say."""
