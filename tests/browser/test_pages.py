"""Reports in a real browser: every page of docs/, narrow and wide, light and dark.

Needs Chromium (Debian: ``apt-get install chromium``), the extra ``browser`` (``pip install 'derivations[browser]'``), and
for the accessibility checks ``axe-core`` (``npm install axe-core``), found through AXE or in ``node_modules``.  What is
missing is told as the reason of a skip; ``.ci/run`` installs it all.  ``python -m pytest -n 0 -m browser`` runs them.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derivations import cli

playwright = pytest.importorskip("playwright.sync_api", reason="pip install 'derivations[browser]'")

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(os.environ.get("AXE", ROOT / "node_modules/axe-core/axe.min.js"))
WIDTHS = (390, 1440)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm install axe-core")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The index of docs/ and every page below it."""
    folder = tmp_path_factory.mktemp("reports")
    result = CliRunner().invoke(cli.main, ["report", str(ROOT / "docs"), "-o", str(folder)])
    assert result.exit_code == 1, result.output  # two lines of the reference derivation are wrong
    found = sorted(folder.glob("*.html"))
    assert len(found) > 15
    assert folder / "index.html" in found
    return found


@pytest.fixture(scope="session")
def reference(pages: list[Path]) -> Path:
    return next(page for page in pages if page.name == "backpropagation.html")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tools:
        chromium = tools.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        yield chromium
        chromium.close()


SHOWN = "(what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility() && one.clientWidth).length"


class Visit:
    """A page that is open; remembers what it loads and complains about."""

    def __init__(self, browser: Any, path: Path, width: int = 1440, scheme: str = "light", script: bool = True) -> None:
        window = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=window, color_scheme=scheme, java_script_enabled=script)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def shown(self, selector: str) -> int:
        """How many of them can be seen."""
        found: int = self.page.evaluate(SHOWN, selector)
        return found

    def open_all(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    def violations(self, axe: str) -> list[Any]:
        """What axe finds in what is shown."""
        self.page.evaluate(axe)
        found = self.page.evaluate("axe.run({ resultTypes: ['violations'] }).then((found) => found.violations)")
        return [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


WIDER = """(width) => [...document.querySelectorAll("body *")].filter((one) => !one.closest(".scroll, pre, .skip, .sr")
    && one.getBoundingClientRect().right > width).map((one) => one.outerHTML)"""


def test_every_page(browser: Any, pages: list[Path]) -> None:
    """No script error, no request leaves the page, nothing is wider than the window, axe finds nothing.

    With all proofs and sources open: wide formulas scroll in boxes of their own.
    """
    axe = AXE.read_text(encoding="utf-8") if AXE.exists() else ""
    for path in pages:
        with Visit(browser, path) as visit:
            visit.page.wait_for_function("document.fonts.status === 'loaded'")
            visit.open_all()
            for width in WIDTHS:
                visit.page.set_viewport_size({"width": width, "height": 900})
                assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path.name
                assert visit.page.evaluate(WIDER, width) == [], path.name
            if axe:
                assert visit.violations(axe) == [], path.name
            assert visit.complaints == [], path.name
            assert [url for url in visit.requests if not url.startswith("data:")] == [path.as_uri()]


def test_formulas_are_set_in_the_font_of_the_page(browser: Any, reference: Path) -> None:
    with Visit(browser, reference) as visit:
        visit.page.wait_for_function("document.fonts.status === 'loaded'")
        assert visit.page.evaluate("[...document.fonts].map((font) => font.family + ' ' + font.status)") == ["Formulas loaded"]


def test_wide_formulas_are_stops_for_the_keyboard_and_others_are_not(browser: Any, reference: Path) -> None:
    boxes = """[...document.querySelectorAll(".scroll")].filter((box) => box.clientWidth).map((box) =>
        [box.scrollWidth > box.clientWidth + 1, box.tabIndex === 0])"""
    with Visit(browser, reference, 390) as visit:
        found = visit.page.evaluate(boxes)
        assert [True, True] in found
        assert all(wide == stop for wide, stop in found)
    with Visit(browser, reference, 390, script=False) as visit:
        assert visit.page.locator(".scroll:not([tabindex='0'])").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_the_filter_shows_one_verdict(browser: Any, reference: Path, script: bool) -> None:
    with Visit(browser, reference, script=script) as visit:
        assert visit.shown(".claim") == 18  # 2.1 and 2.2, nothing but definitions, stand together
        for word, claims, displays in (("refuted", 2, 1), ("proved", 11, 6), ("definition", 5, 4), ("all", 18, 9)):
            visit.page.check(f".filter [value={word}]")
            assert (visit.shown(".claim"), visit.shown(".display")) == (claims, displays), word
            assert word == "all" or visit.shown(f".claim.{word}") == claims


def test_proofs_fold(browser: Any, reference: Path) -> None:
    with Visit(browser, reference) as visit:
        assert visit.shown(".steps") == 0
        visit.page.click("#claim-9-1 summary")
        assert visit.shown(".steps") == 1
        visit.page.click("#fold")
        assert visit.shown(".steps") == 13
        visit.page.click("#fold")
        assert visit.shown(".steps") == 0


def test_everything_is_there_without_a_script(browser: Any, reference: Path) -> None:
    with Visit(browser, reference, script=False) as visit:
        assert not visit.page.is_visible("#fold")
        visit.page.click("#claim-9-1 summary")
        assert visit.shown(".steps") == 1


def test_a_link_to_a_claim_shows_it_whatever_the_filter_says(browser: Any, reference: Path) -> None:
    with Visit(browser, reference) as visit:
        visit.page.check(".filter [value=proved]")
        assert not visit.page.is_visible("#claim-5-1")
        visit.page.click(".attention a[href='#claim-5-1']")
        visit.page.wait_for_selector("#claim-5-1", state="visible")


def test_paper_shows_the_proofs(browser: Any, reference: Path) -> None:
    with Visit(browser, reference) as visit:
        visit.page.emulate_media(media="print")
        visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert (visit.shown(".steps"), visit.shown(".filter"), visit.shown(".source")) == (13, 0, 0)
        visit.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert visit.shown(".steps") == 0


def test_the_index_leads_to_every_page_and_back_is_the_browsers(browser: Any, pages: list[Path]) -> None:
    index = next(page for page in pages if page.name == "index.html")
    with Visit(browser, index) as visit:
        links = [one.get_attribute("href") for one in visit.page.query_selector_all("tbody a")]
        assert links[0] == "backpropagation.html"
        assert sorted(map(str, links)) == sorted(page.name for page in pages if page != index)
        visit.page.click("tbody a")
        visit.page.wait_for_url("**/backpropagation.html")


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "dark")])
def test_axe_finds_nothing(browser: Any, reference: Path, width: int, scheme: str) -> None:
    for path in (reference, reference.with_name("index.html")):
        with Visit(browser, path, width, scheme) as visit:
            visit.open_all()
            assert visit.violations(AXE.read_text(encoding="utf-8")) == [], path.name


@needs_axe
def test_axe_sees_what_is_wrong(browser: Any, reference: Path) -> None:
    with Visit(browser, reference) as visit:
        visit.page.evaluate("document.querySelector('h1').outerHTML = '<img src=\"data:\"><p style=\"color: #ccc\">pale</p>'")
        assert "image-alt" in {name for name, _, _ in visit.violations(AXE.read_text(encoding="utf-8"))}
