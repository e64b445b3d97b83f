"""The command line: one file a noun, and the one place that turns errors into messages and exit codes."""

import errno
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

import hone as kernel
from cli import (
    ask,
    calibrate,
    demo,
    documents,
    index,
    llm,
    search,
    searches,
    serve,
    settings,
    threads,
    tokens,
    verify,
)
from cli.context import begin
from cli.evaluate import evaluate
from cli.models import models
from hone.errors import HoneError, UsageError, masked

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
INTERRUPTED = 130  # what shells give for Ctrl-C
# oneDNN keeps compiled code for every length of text, and torch again for each thread: by default 1,024 of each,
# 360 MiB after 255 shapes in one thread. These limits keep it within 60 MiB, at the same speed.
COMPILED = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128", "LRU_CACHE_CAPACITY": "8"}

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    help="Search and question answering for your company's documents, with each person's permissions. Try: `hone demo`",
)
app.add_typer(documents.app, name="documents")
app.command(name="search")(search.search)
app.command(name="ask")(ask.ask)
app.command(name="serve")(serve.serve)
app.command(name="calibrate")(calibrate.calibrate)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(searches.app, name="searches")
app.add_typer(models.app, name="models")
app.add_typer(threads.app, name="threads")
app.add_typer(tokens.app, name="tokens")
app.add_typer(index.app, name="index")
app.add_typer(llm.app, name="llm")
app.command(name="verify")(verify.verify)
app.command(name="settings")(settings.settings)
app.command(name="demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hone {kernel.__version__}")
        raise typer.Exit


@app.callback()
def hone(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", envvar="HONE_HOME", help="The workspace folder; `.hone` by default.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print more details to standard error.")] = False,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    begin(context, home)
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(_Masked("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[to_stderr])


class _Masked(logging.Formatter):
    """Writes lines and tracebacks without the passwords that addresses in them have: HTTP clients log whole ones."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def _print_error(error: HoneError) -> int:
    """Print an error with its remedy, and return its exit code."""
    typer.secho(f"error: {error.message}", fg="red", err=True)
    if error.hint:
        typer.echo(f"  → {error.hint}", err=True)
    return error.exit_code


def _unexpected(error: Exception) -> HoneError:
    """Turn an unforeseen error into a message; the traceback goes to a file to attach to a report."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return HoneError(
            f"{error.filename or 'The disk'}: {error.strerror}.",
            hint="Free some space and run it again. What is live has not changed.",
        )
    if isinstance(error, OSError) and error.filename and error.strerror:
        return HoneError(f"{error.filename} can't be used: {error.strerror}.", hint="Fix that and run it again.")
    text = masked("".join(traceback.format_exception(error)))
    with tempfile.NamedTemporaryFile("w", prefix="hone-", suffix=".log", encoding="utf-8", delete=False) as file:
        file.write(text)
    return HoneError(
        "Something unexpected went wrong.",
        hint=f"Run it again; if it happens again, report it and attach {file.name}, which has the details.",
    )


def _interrupted() -> None:
    typer.echo("Interrupted. Finished work is kept; run the same command again to continue.", err=True)
    sys.exit(INTERRUPTED)


def _require_text(arguments: list[str]) -> None:
    """Refuse bytes that are no text before they reach a database, which can't hold them."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"{argument!a} isn't UTF-8 text.",
                hint="Set your terminal to UTF-8, and rename files whose names aren't.",
            ) from error


@cache
def _command() -> Callable[[], None]:
    """Build the command tree once a process: it takes a tenth of a second."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line; every error ends here, as a message with a remedy and an exit code."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a model comes from the disk; nothing is fetched behind anyone's back
    for name, shapes in COMPILED.items():  # read when torch computes for the first time
        os.environ.setdefault(name, shapes)
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read once; without it, ragas reports every use to its makers
    try:
        _require_text(sys.argv)
        _command()()
    except HoneError as error:
        sys.exit(_print_error(error))
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stdout = None
        sys.exit(0)
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as end:  # typer turns Ctrl-C into this, without a word
        if end.code != INTERRUPTED:
            raise
        _interrupted()
    except Exception as error:  # noqa: BLE001  # nobody is shown a traceback
        sys.exit(_print_error(_unexpected(error)))


if __name__ == "__main__":  # for torchrun, which takes a module
    main()
