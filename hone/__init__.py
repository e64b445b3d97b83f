"""The kernel: records, settings, errors, the databases and the registry."""


def __getattr__(name: str) -> str:
    """Look `__version__` up when it is asked for: what that takes is most of the time of `import hone`."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("hone")
    except PackageNotFoundError:
        return "0+unknown"  # a source tree that was not installed
