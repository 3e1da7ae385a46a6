"""Forms written at random in a real browser: axe finds nothing on their pages, and a narrow phone shows them whole."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from playwright.sync_api import Browser

from forms.model import Form
from survey.installation import set_up
from tests import axe
from tests.authored import authored
from tests.conftest import settings_for
from tests.scene import SOAK
from tests.test_browser_respond import forward
from tests.visits import House, house_on, served


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("slump")
    installation = set_up(settings_for(folder, f"sqlite:///{folder / 'samsvar.db'}"))
    yield house_on(installation)
    installation.close()


def test_every_page_of_every_form_is_accessible_on_a_narrow_phone(house: House, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(20_000)
    page, looked = context.new_page(), list[str]()

    @settings(
        max_examples=60 if SOAK else 3,
        deadline=None,
        derandomize=not SOAK,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(authored(most=6))
    def look(form: Form) -> None:
        if form.kind != "anonymous":
            return
        page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
        for _page in range(60):
            looked.append(page.locator("main").get_attribute("data-page") or "")
            found = axe.faults(page)
            assert not found, (form, found)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            if looked[-1] not in ("start", "question"):
                return
            for box in page.locator("main input[type=radio], main input[type=checkbox]").all()[:1]:
                box.check(force=True)
            for field in page.locator("main input[type=text], main textarea").all():
                field.fill("7", force=True)
            forward(page)
            if page.locator("main button[value=skip]").count():
                page.locator("main button[value=skip]").first.click()
                page.wait_for_load_state()

    with served(house.app) as site:
        look()
    context.close()
    assert {"start", "question"} <= set(looked)
