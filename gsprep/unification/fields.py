"""The fields that are compared: each proposes candidates, and gives the facts of any pairs.

Facts are what the comparisons of a kind look at, on the distinct pairs of a value and a company,
also of those that another field proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from gsprep.unification.kinds.country import CountryField
from gsprep.unification.kinds.domain import DomainField
from gsprep.unification.kinds.known import LinkedField, SharedField
from gsprep.unification.kinds.name import NameField
from gsprep.unification.kinds.owner import OwnerField
from gsprep.unification.kinds.pattern import PatternField
from gsprep.unification.kinds.phone import PhoneField
from gsprep.unification.kinds.title import TitleField

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

    from gsprep.unification.comparisons import Kind
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.linked import Pairs


class FieldOfPairs(Protocol):
    """One field of the people: its codes, its candidates and the facts of its pairs."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def codes(self) -> np.ndarray:
        """The position of each person's value, -1 where it is missing."""
        ...

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose pairs of a distinct value's position and a company."""
        ...

    def facts(self, pairs: Pairs) -> Any:
        """Return what the comparisons of this kind look at, for distinct pairs."""
        ...


def fields_of_pairs(keys: PersonKeys, index: CompanyIndex) -> Mapping[Kind, FieldOfPairs]:
    """Return the fields, prepared for these people and companies."""
    return {
        "domain": DomainField.prepare(keys, index),
        "phone": PhoneField.prepare(keys, index),
        "name": NameField.prepare(keys, index),
        "country": CountryField(keys.country.codes, np.array(keys.country.values, object), index),
        "owner": OwnerField.prepare(keys, index),
        "linked": LinkedField.prepare(keys, index),
        "known domain": SharedField.of_hosts(keys, index),
        "known phone": SharedField.of_phones(keys, index),
        "pattern": PatternField(keys.pattern.codes, index),
        "title": TitleField.prepare(keys, index),
    }
