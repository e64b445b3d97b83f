"""The grammars that ship in a package, and which of their nodes are functions, classes and what surrounds them."""

import logging
import re
from functools import cache

from tree_sitter import Node, Parser

_log = logging.getLogger(__name__)

# A language's name, and what people call it, to its grammar.
GRAMMARS = {
    "bash": "bash",
    "c": "c",
    "c_sharp": "csharp",
    "cpp": "cpp",
    "csharp": "csharp",
    "go": "go",
    "java": "java",
    "javascript": "javascript",
    "jsx": "javascript",
    "php": "php",
    "python": "python",
    "ruby": "ruby",
    "rust": "rust",
    "sh": "bash",
    "sql": "sql",
    "tsx": "tsx",
    "typescript": "typescript",
}

# The names of nodes do not clash between grammars, so that one table serves all.
FUNCTIONS = frozenset(
    (
        "function_definition",  # python, c, c++, php, bash
        "function_declaration",  # javascript, go
        "generator_function_declaration",
        "method_declaration",  # java, go, c#, php
        "method_definition",  # javascript
        "constructor_declaration",
        "local_function_statement",
        "property_declaration",
        "function_item",  # rust
        "macro_definition",
        "method",  # ruby
        "singleton_method",
        "lexical_declaration",  # const total = () => …
        "public_field_definition",
        "type_declaration",  # go
        "type_alias_declaration",
        "create_function",  # sql
    )
)
TRANSPARENT = frozenset(("preproc_ifdef", "preproc_if", "linkage_specification"))  # a header's guard, extern "C"
# Their names in the heading path say all that their first lines would.
NAMESPACES = TRANSPARENT | frozenset(
    ("namespace_declaration", "namespace_definition", "internal_module", "mod_item", "module")
)
CONTAINERS = NAMESPACES | frozenset(
    (
        "class_definition",  # python
        "class_declaration",
        "abstract_class_declaration",
        "interface_declaration",
        "enum_declaration",
        "record_declaration",
        "struct_declaration",
        "trait_declaration",
        "class_specifier",  # c++
        "struct_specifier",
        "enum_specifier",
        "impl_item",  # rust
        "trait_item",
        "struct_item",
        "enum_item",
        "class",  # ruby
    )
)
WRAPPERS = frozenset(
    (
        "decorated_definition",
        "export_statement",
        "ambient_declaration",
        "expression_statement",
        "template_declaration",
        "statement",
    )
)
ATTACHED = frozenset(
    (
        "comment",
        "line_comment",
        "block_comment",
        "attribute_item",
        "decorator",
        "attribute_list",
        "marginalia",
        "preproc_call",
    )
)
_NAMES = frozenset(
    ("identifier", "field_identifier", "qualified_identifier", "destructor_name", "operator_name", "type_identifier")
)
_RECEIVER = re.compile(r"\(\s*(?:\w+\s+)?\*?\s*(?P<type>\w+)")  # of a go method: (s *Server)


def parse(text: str, language: str) -> Node | None:
    """Parse a text into a syntax tree and return its root, or None where there is no grammar for it."""
    grammar = GRAMMARS.get(language)
    parser = _parser(grammar) if grammar else None
    return parser.parse(text.encode(errors="replace")).root_node if parser else None


@cache
def _parser(grammar: str) -> Parser | None:
    # Imported with the first source file: it reads an archive and writes the grammar to the person's cache folder.
    from semble_grammars import GrammarLoadError, LanguageNotFoundError, UnsupportedPlatformError, get_parser  # pyright: ignore[reportMissingTypeStubs] - it ships none

    try:
        return get_parser(grammar)
    except (GrammarLoadError, LanguageNotFoundError, UnsupportedPlatformError, OSError) as error:
        _log.warning("No grammar for %s, so its files are cut line by line: %s", grammar, error)
        return None


def name_of(node: Node) -> str:
    """Return the name of what is defined, with a method's receiver or type where that is outside of it."""
    if node.type == "impl_item":
        return " for ".join(_text(part) for field in ("trait", "type") if (part := node.child_by_field_name(field)))
    found = node.child_by_field_name("name")
    if found is None:
        found = _declared(node)
    receiver = node.child_by_field_name("receiver")
    owner = _RECEIVER.search(_text(receiver)) if receiver else None
    return ".".join(part for part in (owner["type"] if owner else "", _text(found) if found else "") if part)


def _declared(node: Node) -> Node | None:
    """Find the name inside a declarator, as in C and in `const name = …`."""
    inner = node.child_by_field_name("declarator") or next(
        (child for child in node.named_children if child.type in ("variable_declarator", "type_spec")), None
    )
    for _ in range(8):
        if inner is None or inner.type in _NAMES:
            return inner
        inner = inner.child_by_field_name("name") or inner.child_by_field_name("declarator")
    return None


def _text(node: Node) -> str:
    return " ".join((node.text or b"").decode(errors="replace").split())
