"""The demo's own folder: configurations, stores, ZenML's database; nothing else's."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from cli.config import assign
from cli.demo.errors import DemoError
from cli.demo.plot import DATASET, STACK, Plot
from cli.models.place import Place, place
from cli.root import ROOT
from cli.strict import read_mapping

MARK = ".holdfast-demo"
SHARED = ("pipelines", "steps")
OTHERS = ("HOLDFAST_", "ZENML_")
KEPT = {"ZENML_ANALYTICS_OPT_IN", "ZENML_ENABLE_RICH_TRACEBACK"} | {
    "ZENML_LOGGING_VERBOSITY"
}
STOP_SECONDS = 120


@dataclass(frozen=True)
class Stage:
    """A folder that holds a whole installation, and at the end the page alone."""

    folder: Path

    @property
    def home(self) -> Path:
        """Stores, artifacts and servers."""
        return self.folder / "home"

    @property
    def page(self) -> Path:
        """The story, once it is told."""
        return self.folder / "story.html"

    @property
    def log(self) -> Path:
        """All that the runs said."""
        return self.folder / "demo.log"

    @property
    def place(self) -> Place:
        """The model that the story is about."""
        return place(self.folder, DATASET, STACK)

    @property
    def variables(self) -> dict[str, str]:
        """Under which commands find this installation."""
        return {
            "HOLDFAST_HOME": str(self.home),
            "ZENML_CONFIG_PATH": str(self.folder / "zenml"),
        }

    def clear(self) -> None:
        """Make the folder empty; a server of an earlier story that was kept ends.

        Raises
        ------
        DemoError
            If it holds something else than an earlier story.
        """
        if self.folder.exists() and any(self.folder.iterdir()):
            if not (self.folder / MARK).exists():
                raise DemoError(
                    f"{self.folder}: expected no folder, an empty one or an earlier "
                    "demo, found other files; name another with --folder"
                )
            self.end_server()
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / MARK).touch()

    def furnish(self, plot: Plot) -> None:
        """Copy the configurations, with the story's changes."""
        configs = self.folder / "configs"
        shutil.copytree(ROOT / "configs", configs)
        for name, settings in plot.changes.items():
            path = configs / f"{name}.yaml"
            document = read_mapping(path)
            for setting in settings:
                assign(document, setting)
            path.write_text(yaml.safe_dump(document, sort_keys=False))
        for name in SHARED:
            (self.folder / name).symlink_to(ROOT / name)

    def enter(self) -> None:
        """Let everything that follows in this process happen here, and only here.

        What a user has set about other places is forgotten: alarms of a story are to
        reach nobody.
        """
        for name in list(os.environ):
            if name.startswith(OTHERS) and name not in KEPT:
                del os.environ[name]
        os.environ.update(self.variables)

    def end_server(self) -> None:
        """End the server, where one was ever started.

        In a process of its own: this one may have been interrupted anywhere, or not
        know the database of an earlier story.

        Raises
        ------
        DemoError
            If it does not end.
        """
        if not (self.home / "servers").exists():
            return
        command = [sys.executable, "-m", "cli.demo.ending", str(self.folder)]
        try:
            subprocess.run(  # noqa: S603 (our own command)
                command, cwd=ROOT, check=True, timeout=STOP_SECONDS, capture_output=True
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise DemoError(
                f"{self.folder}: the server of this demo does not end: {error}"
            ) from None

    def tidy(self) -> None:
        """Leave the page and the reports it links to."""
        kept = {self.page.name, "reports", self.log.name, MARK}
        for path in self.folder.iterdir():
            if path.name in kept:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
