"""The message catalogue: keys and values in, sentences in a person's language out.

A template is a sentence with ``{name}`` where a value goes, ``{count|line|lines}`` where a word depends on
a number, ``**bold**`` and `` `code` ``. Values come from outside and are only ever shown: they are never
read as a template or as markup, stay on one line and have a bound. Nothing here raises for a missing key
or value: a person who sees a raw key can still report it.

The bridge's own sentences are in ``en.py`` and ``zh_hans.py``; a network brings its own table of the same
shape as ``SENTENCES`` in its ``catalogue.py``.
"""

from collections.abc import Mapping

from bridge.model.errors import Phrase
from bridge.model.markup import Document
from bridge.text.catalogue.en import SENTENCES as ENGLISH
from bridge.text.catalogue.templates import fill
from bridge.text.catalogue.zh_hans import SENTENCES as CHINESE
from bridge.text.plain import to_plain

Table = Mapping[str, Mapping[str, str]]
"""Language to key to template."""

DEFAULT_LANGUAGE = "en"
LANGUAGES = ("en", "zh-Hans")
OWN: Table = {"en": ENGLISH, "zh-Hans": CHINESE}


class Catalogue:
    """Templates of the bridge and of everyone whose table is given; of two, the later one wins."""

    def __init__(self, *tables: Table) -> None:
        self._templates: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for table in (OWN, *tables):
            for language, sentences in table.items():
                self._templates.setdefault(language, {}).update(sentences)

    def sentence(self, phrase: Phrase, language: str = DEFAULT_LANGUAGE) -> str:
        """The sentence as bare text."""
        return to_plain(self.document(phrase, language))

    def document(self, phrase: Phrase, language: str = DEFAULT_LANGUAGE) -> Document:
        """The sentence with its markup."""
        template = self.template(phrase.key, language)
        return fill(_missing(phrase) if template is None else template, phrase.values)

    def template(self, key: str, language: str = DEFAULT_LANGUAGE) -> str | None:
        """The template of a key in the language or else in English; None when there is neither."""
        wanted = self._templates.get(known_language(language), {}).get(key)
        return wanted if wanted is not None else self._templates[DEFAULT_LANGUAGE].get(key)

    def keys(self, language: str = DEFAULT_LANGUAGE) -> frozenset[str]:
        return frozenset(self._templates.get(language, ()))


def known_language(wanted: str) -> str:
    """The language of ours for a wish such as ``zh_CN``, ``zh-hans`` or ``en-GB``; English by default."""
    first = wanted.replace("_", "-").partition("-")[0].lower()
    return "zh-Hans" if first == "zh" else DEFAULT_LANGUAGE


def is_known_language(wanted: str) -> bool:
    """Whether a wish names one of ours, rather than being met by English for want of it."""
    return wanted.replace("_", "-").partition("-")[0].lower() in ("en", "zh")


_BUILT_IN = Catalogue()


def sentence(phrase: Phrase, language: str = DEFAULT_LANGUAGE) -> str:
    """The bare text of one of the bridge's own sentences."""
    return _BUILT_IN.sentence(phrase, language)


def sentence_document(phrase: Phrase, language: str = DEFAULT_LANGUAGE) -> Document:
    """One of the bridge's own sentences with its markup."""
    return _BUILT_IN.document(phrase, language)


def _missing(phrase: Phrase) -> str:
    """A template that shows the key and every value."""
    key = "".join(character for character in phrase.key if character.isalnum() or character in "._-")
    shown = ", ".join(f"{name}={{{name}}}" for name in phrase.values if name.isidentifier())
    return f"{key} ({shown})" if shown else key
