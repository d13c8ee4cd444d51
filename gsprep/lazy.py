"""Modules that are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class _LazyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def lazy_module(name: str) -> Any:
    """Return a stand-in for a module; the first access to a name of it imports the module.

    For libraries that take a tenth of a second to import and that few commands use: a check of a
    CSV file needs no reader of workbooks. An error of the import is raised at the first use. The
    module is imported for type checkers as usual::

        if TYPE_CHECKING:
            from gsprep.tables import workbook
        else:
            workbook = lazy_module("gsprep.tables.workbook")

    >>> lazy_module("math").floor(2.5)
    2
    """
    return _LazyModule(name)
