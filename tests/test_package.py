"""The wheel, installed in an environment of its own away from the checkout, builds the example."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_its_templates_and_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "scheduler/templates/html/visit_sheet.html.j2" in names
    assert "scheduler/templates/locale/zh.toml" in names
    assert "scheduler/templates/study/protocol.yaml" in names
    assert "scheduler/templates/typst/lib.typ" in names
    assert [name for name in names if name.endswith(".ttf")] == [
        f"scheduler/templates/fonts/VisitSans{han}-{weight}.ttf" for han in ("", "SC") for weight in ("Bold", "Regular")
    ]
    assert "scheduler/templates/fonts/OFL.txt" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert all(name.startswith(("scheduler/", "trial_scheduler-")) for name in names)
    assert not any(name.startswith("scheduler/templates/") and name.endswith(".py") for name in names)


def test_the_installed_wheel_builds_the_example(wheel: Path, tmp_path: Path) -> None:
    """The new environment borrows the dependencies of this one, so that nothing is fetched; the package itself is its own."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    install = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    [site_packages] = environment.rglob("site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (site_packages / "borrowed.pth").write_text("\n".join(borrowed))
    out = tmp_path / "out"
    shutil.copytree(EXAMPLE, tmp_path / "study")
    command = [str(binaries / "trial-scheduler"), "build", str(tmp_path / "study"), "--out", str(out)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert (out / "participants" / "YC-003" / "visit-sheet.html").exists()
    assert (out / "participants" / "YC-003" / "visit-sheet.pdf").read_bytes().startswith(b"%PDF-1.7")
    where = [str(binaries / "python"), "-c", "import scheduler; print(scheduler.__file__)"]
    assert subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.startswith(str(site_packages))
