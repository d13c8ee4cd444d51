"""Judge rows as the service would, before they are sent."""

from __future__ import annotations

from gsprep.validation.checking import check

__all__ = ["check"]
