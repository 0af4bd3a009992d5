# SPDX-License-Identifier: EUPL-1.2
"""The shapes of what REST reads and answers. Every field is listed; nothing else is accepted or sent."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from melayani.cases.rules import Figure, Outcome, Stage
from melayani.catalogue.rules import Basis, Datatype, Kind, Level
from melayani.government.rules import PlaceLevel, Tier

# As `cases.queries.written_cursor` writes it: microseconds and an id; so many digits always make a moment.
Cursor = Annotated[str, Field(pattern=r"^(|[0-9]{1,17}-[0-9]{1,18})$")]
Code = Annotated[str, Field(pattern=r"^(|[A-Za-z0-9-]{1,40})$")]
PlaceCode = Annotated[str, Field(pattern=r"^(|[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?)$")]


class Shape(BaseModel):
    """A frozen shape without extras."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Shape):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []


class CaseFilter(Shape):
    """Which cases: all filters hold together; `region` is a place code and means its whole area."""

    topic: Code = ""
    region: PlaceCode = ""
    state: Figure | None = None
    after: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class ServiceFilter(Shape):
    """Services of which topic; empty = of all."""

    topic: Code = ""


class UnitFilter(Shape):
    """Units of which region: a regency, a city, or 35 for the province; empty = of all."""

    region: PlaceCode = ""


class PlaceFilter(Shape):
    """What a place is called, and inside which place."""

    q: Annotated[str, Field(min_length=2, max_length=100)]
    within: PlaceCode = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Named(Shape):
    """A code and what it is called."""

    code: str
    name: str


class PlaceOut(Shape):
    """A place."""

    code: str
    level: PlaceLevel
    name: str
    full_name: str
    region_code: str
    latitude: float | None
    longitude: float | None


class UnitOut(Shape):
    """An office that can be accountable."""

    code: str
    name: str
    tier: Tier
    region_code: str
    sector: str
    is_triage_desk: bool


class TopicOut(Shape):
    """A topic."""

    code: str
    name: str
    description: str


class PromiseOut(Shape):
    """Within how many days, and where the number comes from."""

    days: int
    basis: Basis
    source: str


class ServiceOut(Shape):
    """A service that takes cases."""

    code: str
    slug: str
    name: str
    topic: str
    kind: Kind
    level: Level
    summary: str
    keywords: list[str]
    promise: PromiseOut


class ComponentOut(Shape):
    """A public component of the service standard."""

    key: str
    title: str
    text: str


class QuestionOut(Shape):
    """A question of the service; `values` of lists as code and name."""

    code: str
    datatype: Datatype
    required: bool
    variable: bool
    label: str
    help: str
    values: list[Named]


class ServiceDetail(ServiceOut):
    """A service with its public standard and its questions."""

    components: list[ComponentOut]
    questions: list[QuestionOut]


class CaseOut(Shape):
    """A public case. Its title names only topic and place until a text was released."""

    number: str
    title: str
    kind: Kind
    topic: Named | None
    service: str | None
    place: Named
    latitude: float | None
    longitude: float | None
    unit: Named
    stage: Stage
    outcome: Outcome | None
    state: Figure
    state_words: str
    filed_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    reopened: int
    broken: bool


class HappeningOut(Shape):
    """One thing that happened. `text` and `media_url` only once released."""

    sequence: int
    kind: str
    words: str
    at: datetime
    by: str
    unit: Named | None
    outcome: Outcome | None
    text: str | None
    media_url: str | None


class CaseDetail(CaseOut):
    """A public case with its promise, why it went where it went, and what happened."""

    promise: PromiseOut
    why: str
    happenings: list[HappeningOut]


class CaseList(Shape):
    """A page of cases; `after` is the cursor of the next one, empty on the last."""

    cases: list[CaseOut]
    after: str
