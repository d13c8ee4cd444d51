"""Letters of European languages, to recognise Latin encodings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Language:
    """The letters of a language beyond ASCII, and pairs that its words do not have.

    Attributes:
        letters: the letters, in lower case.
        never: a pattern of letter pairs (with the beginning or the end of a word) that is found
            in no word; those matter that another encoding would make of a foreign letter.
    """

    letters: str
    never: str = "(?!)"

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.letters)

    @cached_property
    def _never(self) -> re.Pattern[str]:
        return re.compile(self.never)

    def fits(self, word: str) -> bool:
        """Return whether a word in lower case can be one of the language."""
        foreign = {c for c in word if not c.isascii() and c.isalpha()}
        return foreign <= self._known and self._never.search(word) is None


_VOWEL = "aeiouyáéíóúýàâêîôûëïöüäåãõøæ"
# In French è and ê are followed by a consonant, and ç by a, o or u.
_FRENCH = rf"[èê](?:[{_VOWEL}]|\Z)|ç(?![aouâô])|\Aî(?![lt])|[âîûëï]\Z|\Aû|ù(?!\Z)|à."
WESTERN = {
    "French": Language("àâæçéèêëîïôœùûüÿ", _FRENCH),
    "German": Language("äöüß"),
    "Dutch": Language("éèëïöüê", rf"è(?:[{_VOWEL}]|\Z)|ë\Z|ê[{_VOWEL}]"),
    "Spanish": Language("áéíóúüñ", r"ñ(?:[^aeiouáéíóú]|\Z)"),
    "Portuguese": Language("áâãàçéêíóôõúü", r"ã(?![oe]|\Z|s\Z)|õ(?!e)|ç(?![aouãõáóâú])|à.|[âêô]\Z"),
    "Italian": Language("àèéìòù", r"[àèéìòù](?!\Z)"),
    "Catalan": Language("àçèéíïòóúü", rf"è(?:[{_VOWEL}]|\Z)|ç(?![aou]|\Z)|ò[{_VOWEL}]|[àò]\Z"),
    "Danish, Norwegian": Language("æøåéöäü", r"iæ|æ\Z|ø[éæå]|[éæå]ø"),
    "Swedish, Finnish": Language("åäöéü"),
    "Icelandic": Language("áæéíðóöþúý", r"[bcdfghjklmnpqstvxz]ð\Z|\Að|i[æð]\Z|þ\Z"),
    "Estonian": Language("äõöüšž", r"õ\Z"),
    "Albanian": Language("ëç", r"ç\Z"),
    "Irish, Welsh": Language("áéíóúâêîôûŵŷ"),
}
CENTRAL = {
    "Czech": Language("áčďéěíňóřšťúůýž", r"\A[ďňť](?![aeěioáéíu])|[čďňřť][čďňřť]"),
    "Slovak": Language("áäčďéíĺľňóôŕšťúýž"),
    "Polish": Language("ąćęłńóśźż", r"\A[ąęń]"),
    "Hungarian": Language("áéíóöőúüű"),
    "Croatian, Slovene": Language("čćđšž"),
    "Romanian": Language("ăâîşţșț", r"[ăâ]ă|î\Z"),
    "German": WESTERN["German"],
}
BALTIC = {
    "Lithuanian": Language("ąčęėįšųūž"),
    "Latvian": Language("āčēģīķļņšūžŗō"),
    "Estonian": Language("äõöüšž"),
    "Polish": CENTRAL["Polish"],
    "German": WESTERN["German"],
}
# The usual one of encodings that read a file alike comes first.
LANGUAGES = {
    "cp1252": WESTERN,
    "cp1250": CENTRAL,
    "cp1257": BALTIC,
    "iso8859_2": CENTRAL,
    "iso8859_13": BALTIC,
    "iso8859_16": CENTRAL,
    "mac_roman": WESTERN,
    "cp850": WESTERN,
    "cp1254": {"Turkish": Language("çğıöşüâîû")},
    "cp852": CENTRAL,
}
OF_OTHER_SYSTEMS = frozenset({"mac_roman", "cp850", "cp852"})
