"""What the checks look at, and short ways to say a finding."""

from functools import cached_property
from pathlib import Path

from attrs import define

from bridge.app.settings import namespace_of
from bridge.config import Loaded
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.model.errors import Misconfigured, Phrase
from bridge.model.namespace import Namespace
from bridge.model.statuses import CheckLine, CheckResult
from bridge.plugins.find import Found
from bridge.storage.lock import FolderLock, holder_of


@define(slots=False)
class Patient:
    """One installation; ``loaded`` has no mistakes in the core's sections."""

    loaded: Loaded
    folder: Path
    found: Found

    @property
    def homeserver(self) -> HomeserverConfig:
        return self.loaded.section(HomeserverConfig)

    @property
    def appservice(self) -> AppserviceConfig:
        return self.loaded.section(AppserviceConfig)

    @property
    def namespace(self) -> Namespace:
        return namespace_of(self.loaded)

    @cached_property
    def running(self) -> str | None:
        """The process number of the bridge that is at work on this folder; None when there is none."""
        try:
            FolderLock.take(self.folder).release()
        except Misconfigured as error:
            return holder_of(self.folder) or "?" if error.reason.key == "storage.locked" else None
        return None


def ok(subject: str, finding: Phrase) -> CheckLine:
    return CheckLine(subject, CheckResult.OK, finding)


def warning(subject: str, finding: Phrase, fix: Phrase | None = None) -> CheckLine:
    return CheckLine(subject, CheckResult.WARNING, finding, fix)


def failed(subject: str, finding: Phrase, fix: Phrase | None = None) -> CheckLine:
    return CheckLine(subject, CheckResult.FAILED, finding, fix)
