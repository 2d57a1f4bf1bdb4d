"""The life of the bridge in its audit trail."""

from pathlib import Path

from bridge.app.audited import note_start
from bridge.app.settings import load_settings
from bridge.core.audit import AuditTrail
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.testing.audit import FakeAudit
from bridge.testing.clock import HandClock

START = "bridge:\n  bot_display_name: {name}\nhomeserver:\n  domain: example.org\n"
LOGIN = "networks:\n  net:\n    type: irc\n    host: irc.example.org\n    server_password: {password}\n"


async def started(folder: Path, *texts: str) -> list[tuple[str, str, str]]:
    """What is written down over starts with these files: action, subject, change."""
    store = await open_store(folder / "trunkline.db", SecretKey(b"k" * 32))
    kept = FakeAudit()
    trail = AuditTrail(kept, b"k" * 32, HandClock())
    for text in texts:
        (folder / "config.yaml").write_text(text)
        await note_start(trail, store.stores.meta, load_settings(folder / "config.yaml", {}))
    await store.close()
    notes = [line.note for line in kept.lines]
    return [(note.action, note.subject, str(note.data.get("change", ""))) for note in notes]


async def test_every_start_is_written_down(tmp_path: Path) -> None:
    text = START.format(name="Bridge")

    assert await started(tmp_path, text, text) == [("bridge.started", "", "")] * 2


async def test_what_was_changed_in_the_settings_is_written_down(tmp_path: Path) -> None:
    told = await started(tmp_path, START.format(name="Bridge"), START.format(name="Gate"))

    assert told[2:] == [("config.changed", "bridge.bot_display_name", "Bridge -> Gate")]


async def test_no_secret_of_the_settings_is_written_down(tmp_path: Path) -> None:
    texts = [START.format(name="Bridge") + LOGIN.format(password=word) for word in ("sesame", "open-sesame")]

    assert "sesame" not in str(await started(tmp_path, *texts))
