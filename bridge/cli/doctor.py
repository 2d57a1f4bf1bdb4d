"""``trunkline doctor``: what is well, what is not, and how to mend it."""

import asyncio
from pathlib import Path
from typing import Final

import click

from bridge.app.doctor import examine
from bridge.cli.say import Voice, config_option, language_option
from bridge.model.errors import Phrase
from bridge.model.statuses import CheckLine, CheckResult
from bridge.plugins.find import Found, find_networks
from bridge.text.catalogue import Catalogue

_WORDS: Final = {
    CheckResult.OK: Phrase.of("doctor.word.ok"),
    CheckResult.WARNING: Phrase.of("doctor.word.warning"),
    CheckResult.FAILED: Phrase.of("doctor.word.failed"),
}
_COLOURS: Final = {CheckResult.OK: "green", CheckResult.WARNING: "yellow", CheckResult.FAILED: "red"}
_WIDTH: Final = 8


@click.command()
@config_option
@language_option
def doctor(path: Path, language: str) -> None:
    """Check all that the bridge stands on; ends with 1 if something failed."""
    found = find_networks()
    voice = Voice(language, Catalogue(*found.tables))
    failures = asyncio.run(_examine(path, path.absolute().parent, found, voice))
    if failures:
        voice.say("doctor.failures", count=failures)
        raise SystemExit(1)
    voice.say("doctor.well")


async def _examine(path: Path, folder: Path, found: Found, voice: Voice) -> int:
    failures = 0
    async for line in examine(path, folder=folder, found=found):
        _show(line, voice)
        failures += line.result is CheckResult.FAILED
    return failures


def _show(line: CheckLine, voice: Voice) -> None:
    word = voice.sentence(_WORDS[line.result])
    subject = voice.catalogue.template(f"doctor.subject.{line.subject}", voice.language) or line.subject
    words = [click.style(word.ljust(_WIDTH), fg=_COLOURS[line.result]), f"{subject}: "]
    words.append(voice.sentence(line.finding))
    if line.fix is not None:
        words.append(voice.sentence(Phrase.of("doctor.fix", fix=voice.sentence(line.fix))))
    click.echo("".join(words))
