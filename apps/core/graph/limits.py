"""What one query may ask for, counted from its text before anything is read."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)
from strawberry.extensions import SchemaExtension

from apps.core.errors import Invalid

LONGEST = 10_000  # characters
DEEPEST = 8  # fields within fields
MOST_ALIASES = 20
DEAREST = 10_000  # fields of an answer, at the most that the pages could hold
PAGE_SIZE, LARGEST_PAGE = 20, 100
USUAL_LIST = 20  # rows that a list without pages is taken to have


class QueryIsInvalid(Invalid):
    code = "core.query_invalid"
    message = _("The query cannot be carried out: {reason}")


class QueryIsTooLong(Invalid):
    code = "core.query_too_long"
    message = _("A query has {limit} characters at most.")


class QueryIsTooDeep(Invalid):
    code = "core.query_too_deep"
    message = _("A query goes {limit} levels deep at most.")


class QueryHasTooManyAliases(Invalid):
    code = "core.query_aliases"
    message = _("A query has {limit} aliases at most.")


class QueryIsTooCostly(Invalid):
    code = "core.query_too_costly"
    message = _("The query could answer more than {limit} values. Please ask for smaller pages.")


class Limits(SchemaExtension):
    """Refuses a query that asks for too much, before it is even validated."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None:
            schema = context.schema._schema
            _Measure(schema, context.graphql_document, context.variables or {}).run()
        yield


class _Measure:
    """One walk. It stops at the first limit, so that fragments in a circle end as well."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self.schema, self.document = schema, document
        self.variables = {**_defaults(document), **variables}
        self.aliases = 0
        self.cost = 0
        self.fragments = {
            part.name.value: part
            for part in document.definitions
            if isinstance(part, FragmentDefinitionNode)
        }

    def run(self) -> None:
        for part in self.document.definitions:
            if isinstance(part, OperationDefinitionNode):
                self._walk(part.selection_set, self.schema.query_type, depth=0, times=1, rows=1)

    def _walk(
        self,
        selected: SelectionSetNode | None,
        parent: GraphQLObjectType | None,
        *,
        depth: int,
        times: int,
        rows: int,
        spreads: int = 0,
    ) -> None:
        """`times`: how often `parent` is in the answer; `rows`: how many its page holds."""
        if depth > DEEPEST or spreads > DEEPEST:
            raise QueryIsTooDeep(limit=DEEPEST)
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                self._count(node, times)
                self._enter(node, parent, depth, times, rows)
            else:
                self.cost += 1
                self._walk(
                    self._inside(node),
                    parent,
                    depth=depth,
                    times=times,
                    rows=rows,
                    spreads=spreads + 1,
                )

    def _count(self, node: FieldNode, times: int) -> None:
        self.cost += times
        self.aliases += node.alias is not None
        if self.cost > DEAREST:
            raise QueryIsTooCostly(limit=DEAREST)
        if self.aliases > MOST_ALIASES:
            raise QueryHasTooManyAliases(limit=MOST_ALIASES)

    def _enter(
        self, node: FieldNode, parent: GraphQLObjectType | None, depth: int, times: int, rows: int
    ) -> None:
        if node.name.value.startswith("__"):
            return  # of the schema itself: graphql-core has a limit of its own for that
        field = parent.fields.get(node.name.value) if parent else None
        if field is None:  # validation will say so
            self._walk(node.selection_set, None, depth=depth + 1, times=times, rows=1)
            return
        if is_list_type(get_nullable_type(field.type)):
            times *= rows if rows > 1 else USUAL_LIST
        inner = get_named_type(field.type)
        self._walk(
            node.selection_set,
            inner if is_object_type(inner) else None,
            depth=depth + 1,
            times=times,
            rows=self._page_size(node) if "pageSize" in field.args else 1,
        )

    def _page_size(self, node: FieldNode) -> int:
        value: object = PAGE_SIZE
        for argument in node.arguments or ():
            if argument.name.value != "pageSize":
                continue
            given = argument.value
            if isinstance(given, IntValueNode):
                value = int(given.value)
            elif isinstance(given, VariableNode):
                value = self.variables.get(given.name.value, LARGEST_PAGE)
        return min(max(value, 2), LARGEST_PAGE) if isinstance(value, int) else LARGEST_PAGE

    def _inside(self, node: SelectionNode) -> SelectionSetNode | None:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments.get(node.name.value)
            return fragment.selection_set if fragment else None
        return getattr(node, "selection_set", None)


def _defaults(document: DocumentNode) -> dict[str, int]:
    """What the variables of the operations are when nobody gives them: whole numbers alone."""
    return {
        definition.variable.name.value: int(definition.default_value.value)
        for part in document.definitions
        if isinstance(part, OperationDefinitionNode)
        for definition in part.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }
