"""The house rules that a linter cannot see: functions of a file, (path, source) -> complaints."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Rule = Callable[[PurePosixPath, str], list[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LINES, FUNCTION_LINES = 400, 40
BELOW_THE_GATE = {"core", "rbac"}  # require() is made of these
DOORS = {"api", "admin", "management"}
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "delete"}
QUERIES = {"filter", "exclude", "get", "get_or_create", "update", "Q", "When"}
# Names of the world, not the second of something.
KNOWN_NUMBERS = re.compile(r"(md5|sha\d+|utf8|ipv[46]|v\d|h[1-6]|oauth2|e2e|p\d\d|i18n|l10n)$")
NUMBERED = re.compile(r"[a-z]_?\d$")
DATABASE_FAILURES = {"OperationalError", "DatabaseError", "InternalError"}
MODEL_SIGNALS = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init"}


def fits_on_the_page(path: PurePosixPath, source: str) -> list[str]:
    lines = len(source.splitlines())
    complaints = [f"{lines} lines; {FILE_LINES} are allowed"] if lines > FILE_LINES else []
    for function in _functions(ast.parse(source)):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION_LINES:
            complaints.append(f"{function.name}: {length} lines; {FUNCTION_LINES} are allowed")
    return complaints


def services_are_explicit(path: PurePosixPath, source: str) -> list[str]:
    """Keyword-only, and either asks rbac.require or says in its docstring why it need not."""
    if _part(path) != "services" or _app(path) in BELOW_THE_GATE:
        return []
    complaints = []
    for function in _public_functions(source):
        if function.args.args or function.args.posonlyargs:
            complaints.append(f"{function.name}: arguments are keyword-only")
        asks = "rbac.require" in _calls(function)
        if not asks and "Trusted:" not in (ast.get_docstring(function) or ""):
            complaints.append(f"{function.name}: rbac.require, or Trusted: and why")
    return complaints


def tasks_are_named(path: PurePosixPath, source: str) -> list[str]:
    """Called billing.email_invoice wherever it lives, and taking ids by name."""
    if _part(path) != "tasks":
        return []
    complaints = []
    for function in _functions(ast.parse(source)):
        decorator = next((d for d in function.decorator_list if "shared_task" in _text(d)), None)
        if decorator is None:
            continue
        named = [k.value for k in getattr(decorator, "keywords", []) if k.arg == "name"]
        if not named or not _text(named[0]).strip("'").startswith(f"{_app(path)}."):
            complaints.append(f"{function.name}: needs name='{_app(path)}.{function.name}'")
        bound = "bind=True" in _text(decorator)
        if len(function.args.args) > bound or function.args.posonlyargs:
            complaints.append(f"{function.name}: arguments are keyword-only")
    return complaints


def only_flow_assigns_status(path: PurePosixPath, source: str) -> list[str]:
    if _app(path) is None or path.name == "flow.py":
        return []
    complaints = []
    for node in ast.walk(ast.parse(source)):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            complaints += [
                f"line {node.lineno}: {_text(t)} is set by Flow.move alone"
                for t in targets
                if isinstance(t, ast.Attribute) and t.attr == "status" and not _is_own(t, path)
            ]
        goes_around = _is_call(node, ".update") and any(k.arg == "status" for k in node.keywords)
        if goes_around and _app(path) != "core":
            complaints.append(f"line {node.lineno}: update(status=…) goes around Flow.move")
    return complaints


def _is_own(target: ast.Attribute, path: PurePosixPath) -> bool:
    """self.status of an error or a reader; a model has no such excuse."""
    return _text(target.value) == "self" and _part(path) != "models"


def status_is_compared_with_its_enum(path: PurePosixPath, source: str) -> list[str]:
    if _app(path) is None:
        return []
    complaints = []
    for node in ast.walk(ast.parse(source)):
        if _compares_status_with_text(node):
            complaints.append(f"line {node.lineno}: {_text(node)}")
        if _asks_for_status_by_text(node):
            complaints.append(f"line {node.lineno}: {_text(node)}")
    return complaints


def _compares_status_with_text(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not _text(node.left).endswith(".status"):
        return False
    return any(_is_text(comparator) for comparator in node.comparators)


def _asks_for_status_by_text(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or _text(node.func).split(".")[-1] not in QUERIES:
        return False
    return any(k.arg in {"status", "status__in"} and _is_text(k.value) for k in node.keywords)


def nobody_swallows_a_deadlock(path: PurePosixPath, source: str) -> list[str]:
    """InnoDB has rolled back already: going on would commit half of a payment (core/retry.py)."""
    if _app(path) is None or path.name == "retry.py":
        return []
    return [
        f"line {node.lineno}: except {_text(node.type)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler) and node.type
        if DATABASE_FAILURES & set(re.findall(r"\w+", _text(node.type)))
    ]


def jobs_start_at_the_edge(path: PurePosixPath, source: str) -> list[str]:
    """Receivers, doors and the sweeps among the jobs send jobs. Nobody waits by countdown."""
    if _app(path) in {None, "core"}:
        return []
    complaints = []
    for node in ast.walk(ast.parse(source)):
        sends = _is_call(node, ".delay") or _is_call(node, ".apply_async")
        if sends and _part(path) not in {"receivers", "tasks", *DOORS}:
            complaints.append(
                f"line {node.lineno}: {_text(node.func)}() in the middle of a transaction"
            )
        if isinstance(node, ast.keyword) and node.arg == "countdown":
            complaints.append(f"line {node.value.lineno}: countdown= is no synchronisation")
    return complaints


def writes_stay_in_services(path: PurePosixPath, source: str) -> list[str]:
    parts = {"api", "selectors", "receivers", "tasks", "events"}
    if _app(path) in {None, "core"} or _part(path) not in parts:
        return []
    return [
        f"line {node.lineno}: {_text(node.func)}()"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in WRITES and ".objects." in f"{_text(node.func)}."
    ]


def logic_stays_out_of_save(path: PurePosixPath, source: str) -> list[str]:
    forbidden = {
        "models": {"save", "clean", "full_clean", "delete"},
        "serializers": {"save", "create", "update"},
    }.get("serializers" if "serializers" in path.as_posix() else _part(path) or "", set())
    return [
        f"{owner.name}.{function.name}() belongs into a service"
        for owner in ast.walk(ast.parse(source))
        if isinstance(owner, ast.ClassDef)
        for function in owner.body
        if isinstance(function, Function)
        if function.name in forbidden and not owner.name.endswith("QuerySet")
    ]


def keywords_are_spelled_out(path: PurePosixPath, source: str) -> list[str]:
    """A service that hands on **kwargs hides what it takes."""
    if _part(path) not in {"services", "selectors"}:
        return []
    return [
        f"{function.name}: **{function.args.kwarg.arg} is handed on"
        for function in _public_functions(source)
        if function.args.kwarg
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        if any(k.arg is None and _text(k.value) == function.args.kwarg.arg for k in call.keywords)
    ]


def names_say_something(path: PurePosixPath, source: str) -> list[str]:
    tree = ast.parse(source)
    complaints = (
        [f"{path.name} says nothing"] if path.stem in {"utils", "helpers", "common"} else []
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            word = next((w for w in ("Manager", "Handler") if node.name.endswith(w)), None)
            if word and not any(word in _text(base) for base in node.bases):
                complaints.append(f"line {node.lineno}: class {node.name}: a {word} of what?")
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_stored(n)}
    stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    numbered = {name for name in stored if NUMBERED.search(name) and not KNOWN_NUMBERS.search(name)}
    return complaints + [f"{name}: numbered variable" for name in sorted(numbered)]


def nothing_hides_in_the_thread(path: PurePosixPath, source: str) -> list[str]:
    """No thread-local user or tenant, no model signals for logic of our own."""
    if _app(path) is None:
        return []
    complaints = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if node.module == "django.db.models.signals" and names & MODEL_SIGNALS:
                complaints.append(f"line {node.lineno}: model signals; publish an event")
            if node.module == "threading" and "local" in names:
                complaints.append(f"line {node.lineno}: thread-local state")
        if isinstance(node, ast.Attribute) and _text(node) == "threading.local":
            complaints.append(f"line {node.lineno}: thread-local state")
    return complaints


def tests_use_fakes(path: PurePosixPath, source: str) -> list[str]:
    """A mock agrees with everything; and sleeping is no way to wait for a fact."""
    if path.parts[0] != "tests":
        return []
    complaints = []
    for node in ast.walk(ast.parse(source)):
        names = (
            [a.name for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        )
        module = getattr(node, "module", None) or ""
        if any(f"{module}.{name}".strip(".").startswith("unittest.mock") for name in names):
            complaints.append(f"line {node.lineno}: a fake, please, not a mock")
        if "mock" in names and module == "unittest":
            complaints.append(f"line {node.lineno}: a fake, please, not a mock")
    return complaints


RULES: tuple[Rule, ...] = (
    fits_on_the_page,
    services_are_explicit,
    tasks_are_named,
    only_flow_assigns_status,
    status_is_compared_with_its_enum,
    nobody_swallows_a_deadlock,
    jobs_start_at_the_edge,
    writes_stay_in_services,
    logic_stays_out_of_save,
    keywords_are_spelled_out,
    names_say_something,
    nothing_hides_in_the_thread,
    tests_use_fakes,
)


# --- reading a file ------------------------------------------------------------------------------


def _app(path: PurePosixPath) -> str | None:
    return path.parts[1] if path.parts[0] == "apps" and len(path.parts) > 2 else None


def _part(path: PurePosixPath) -> str | None:
    """services for apps/billing/services.py and for apps/billing/services/recharges.py."""
    return PurePosixPath(path.parts[2]).stem if _app(path) else None


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _public_functions(source: str) -> Iterator[Function]:
    body = ast.parse(source).body
    return (f for f in body if isinstance(f, Function) and not f.name.startswith("_"))


def _calls(function: Function) -> set[str]:
    return {_text(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def _is_call(node: ast.AST, ending: str) -> bool:
    return isinstance(node, ast.Call) and f".{_text(node.func)}".endswith(ending)


def _is_text(node: ast.expr) -> bool:
    items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return any(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items)


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _text(node: ast.AST | None) -> str:
    return ast.unparse(node) if node else ""
