"""Creation of a working folder, and of a new year in one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor

from ..errors import GktoolsError
from ..forms.notices import load_format
from ..workspace import clock
from ..workspace.files import folder_within, new_draft, read_regular, remove_tree
from ..workspace.home import FOLDER
from ..workspace.project import Project, require_readable, require_readable_name
from ..workspace.shipped import shipped_folder
from .schemas import schemas

_PACKAGE = Path(__file__).parents[1]
_SAMPLE = _PACKAGE / "sample"
_STARTER = _PACKAGE / "starter"
NOT_FOR_GIT = (
    *("/output/*", "records*.db*", "review-users.db*", "records.key", "review.head", "records.head"),
    *(
        "/site/",
        "site.key*",
        ".ipynb_checkpoints/",
        "gktools-error.log",
        ".gktools-worker",
        ".gktools-written",
        "/handed-in/",
    ),
)
"""Files of a working folder that do not belong in a repository: records, users, keys, and what is built from them."""


@dataclass(frozen=True)
class NewOffice:
    """The one office of a new working folder; fill is called with the folder before it is put in place."""

    code: str
    name: str
    kind: str
    fill: Callable[[Path], None] = lambda _: None


def new_project(folder: Path, *, empty: bool, year: int | None = None, office: NewOffice | None = None) -> None:
    """Create a working folder with the sample district or one office: an empty one, or the one given.

    Raises GktoolsError if the folder is not empty.
    """
    require_readable_name(folder)
    if folder.exists() and not folder.is_dir():
        raise GktoolsError(f"{folder} 是一个文件，请换一个目录名")
    if folder.exists() and any(folder.iterdir()):
        raise GktoolsError(f"{folder} 里已经有文件，请换一个空目录")
    source = shipped_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _draft_in(folder) as draft:
        _copy_folder(source / "notebooks", draft / "notebooks")
        (draft / "output").mkdir()
        (draft / ".gitignore").write_text("\n".join(NOT_FOR_GIT) + "\n", encoding="utf-8")
        if empty:
            _empty_params(draft / FOLDER, year or clock.today().year - 1, office)
            if office is not None:
                office.fill(draft)
        else:
            _copy_folder(source / FOLDER, draft / FOLDER)
        _close_to_others(draft)
        for path in sorted(draft.iterdir()):
            path.rename(folder / path.name)


def new_year(project: Project, year: int) -> list[Path]:
    """Return the parameter files of a new year, created from those of the year before without their texts.

    Raises GktoolsError if the year already exists, no notice covers it, or a file of the year before is not readable.
    """
    folder = project.home / FOLDER / str(year)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()  # left by hand, or by a disk that was full
    if folder.exists():
        raise GktoolsError(f"{FOLDER}/{year} 已经有了，没有改动")
    load_format(year)
    if year > clock.today().year + 1:
        raise GktoolsError(f"{year} 年还早，最多开到 {clock.today().year + 1} 年")
    before = sorted((project.home / FOLDER / str(year - 1)).glob("*.yaml"))
    require_readable(project.home, before)
    with _draft_in(folder.parent, folder) as draft:
        _add_schemas(folder.parent, draft)
        created = _year_files(project, year, before, draft)
        _close_to_others(draft)
    return [folder / path.name for path in created]


def _close_to_others(folder: Path) -> None:
    """Take the files of a folder away from everybody but owner and group: nothing of a working folder but its site is public."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(path.stat().st_mode & 0o660)


@contextmanager
def _draft_in(folder: Path, becomes: Path | None = None) -> Iterator[Path]:
    """Yield a new private folder inside a folder; at the end of the block it is renamed to `becomes`, if given, or removed.

    So nothing half written is left on a full disk.
    """
    draft = new_draft(folder / "new")
    try:
        with folder_within(folder, draft.name, make=0o700) as inside:
            yield inside
            inside.chmod(folder.stat().st_mode & 0o777)
        if becomes:
            draft.rename(becomes)
    finally:
        remove_tree(draft)


def _year_files(project: Project, year: int, before: Sequence[Path], folder: Path) -> list[Path]:
    """Return the parameter files of a year, written to a folder, from those of the year before if there are any."""
    created = [_copy_for_next_year(path, folder / path.name) for path in before]
    if not created:
        names = ["defaults", *(office.code for office in project.offices(year))]
        starters = {
            name: _STARTER / "year" / ("defaults.yaml" if name == "defaults" else "my-office.yaml") for name in names
        }
        created = [Path(shutil.copyfile(starter, folder / f"{name}.yaml")) for name, starter in starters.items()]
    return created


def sample_registers() -> list[Path]:
    """Return the paths of the sample district's registers."""
    return sorted(path for path in (_SAMPLE / "registers").rglob("*") if path.suffix in (".xlsx", ".csv"))


_HEADER = "# yaml-language-server: $schema={schema}\n"


def _copy_folder(source: Path, target: Path) -> None:
    """Copy a folder without hidden files. Raises OSError of the first file that fails, which shutil.copytree collects."""
    for path in sorted(source.rglob("*")):
        below = path.relative_to(source)
        if path.is_file() and not any(part.startswith(".") for part in below.parts):
            (target / below).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / below)


def _empty_params(folder: Path, year: int, office: NewOffice | None) -> None:
    folder.mkdir()
    _add_schemas(folder, folder)
    for name in ("offices.yaml", "defaults.yaml"):
        shutil.copyfile(_STARTER / name, folder / name)
    _copy_folder(_STARTER / "year", folder / str(year))
    if office is not None:
        _name_office(folder, folder / str(year), office)


def _name_office(folder: Path, of_year: Path, office: NewOffice) -> None:
    """Write an office into the starting parameters in the place of the one without a name."""
    book = folder / "offices.yaml"
    text = book.read_text(encoding="utf-8")
    text = text.replace("  my-office:", f"  {office.code}:").replace(
        "请改成本机关的全称", json.dumps(office.name, ensure_ascii=False)
    )
    book.write_text(text.replace("kind: county_department", f"kind: {office.kind}"), encoding="utf-8")
    (of_year / "my-office.yaml").rename(of_year / f"{office.code}.yaml")


def _add_schemas(folder: Path, draft: Path) -> None:
    """Write the schemas that a params/ folder lacks, in a draft first: one created by an earlier gktools may lack some."""
    for name, text in schemas().items():
        if not (folder / name).exists():
            (draft / name).write_text(text, encoding="utf-8")
            (draft / name).replace(folder / name)


class _AsRead(RoundTripConstructor):
    """Numbers that yamlfile reads as text stay text: ruamel would lose the sign of +86."""

    def construct_yaml_int(self, node: Any) -> Any:
        """Return a whole number, or the text of one that is written otherwise than numbers are."""
        value = super().construct_yaml_int(node)
        return value if str(int(value)) == node.value else node.value


_AsRead.add_constructor("tag:yaml.org,2002:int", _AsRead.construct_yaml_int)


def _copy_for_next_year(source: Path, target: Path) -> Path:
    """Copy one year's file for the next with its comments, without its texts, explanations, decisions and day of signing."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.Constructor = True, _AsRead
    data: Any = yaml.load(read_regular(source, follow=False).decode()) or {}
    if isinstance(data, dict):
        data.pop("text", None)
        data.pop("differences", None)
        data.pop("decisions", None)
        if isinstance(data.get("layout"), dict):
            data["layout"].pop("signed_on", None)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        if data:
            yaml.dump(data, file)
        else:
            file.write(_HEADER.format(schema="../parameters.schema.json"))
    return target
