"""Asks the database as the dashboards' role."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from grafana.src.preview.frames import Field, Frame, Kind
from ingestor import db
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

SECONDS = 30
"""What a query may take, as for the role itself."""
ROW_LIMIT = 1_000_000
"""Grafana's."""
KINDS: dict[int, Kind] = {
    **dict.fromkeys((20, 21, 23, 700, 701, 1700), "number"),
    **dict.fromkeys((1082, 1114, 1184), "time"),
    16: "boolean",
}
"""Kinds by the type's oid; everything else is shown as its text."""


class QueryError(Exception):
    """A query without a result: one sentence, fit to be shown in its panel."""


class Reader:
    """A connection that reads what bhav_read may read, and writes nothing."""

    def __init__(self, url: str) -> None:
        self.connection = db.connect(url, "preview")
        try:
            self.connection.execute("set role bhav_read")
        except errors.InsufficientPrivilege as error:
            user = self.connection.info.user
            self.connection.close()
            hint = "the user of DATABASE_URL must be bhav_read or a superuser"
            raise BhavError(f"{user} may not read as bhav_read does", hint) from error
        self.connection.execute("set default_transaction_read_only = on")
        self.connection.execute(f"set statement_timeout = '{SECONDS}s'")
        db.read_as_text(self.connection, but=KINDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def frame(self, sql: str, ref_id: str = "A") -> Frame:
        """Return the result of a query. Raises QueryError.

        Through a cursor on the server, so that it is one statement that reads, whatever a variable's value says.
        """
        try:
            with self.connection.transaction(), self.connection.cursor("panel") as cursor:
                cursor.execute(sql)
                columns = cursor.description or []
                rows = cursor.fetchmany(ROW_LIMIT)
        except errors.QueryCanceled as error:
            raise QueryError(f"The query took longer than {SECONDS} s.") from error
        except psycopg.Error as error:
            if self.connection.closed:
                raise QueryError("The connection to the database is lost.") from error
            raise QueryError(error.diag.message_primary or str(error).splitlines()[0]) from error
        fields = []
        for place, column in enumerate(columns):
            kind = KINDS.get(column.type_code, "string")
            fields.append(Field(column.name, kind, [_value(row[place]) for row in rows]))
        return Frame(ref_id, fields if rows else [])


def _value(value: Any) -> Any:  # noqa: ANN401 - any column
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime.combine(value, time(), UTC)
        case Decimal():
            return _value(float(value))
        case float():
            return value if math.isfinite(value) else None
    return value
